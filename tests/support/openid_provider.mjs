// An OpenID provider on loopback for the tests: the npm package oidc-provider, with its own pages to sign in on.
// Arguments: the folder with node_modules, the port, and the addresses that it may send people back to.
// Whoever signs in there has the name they write as e-mail address; "unverified…" is one that it does not vouch for.
// What they write is the subject; of "7=name@example.org", the address is what follows the sign.
import { createRequire } from "node:module";

const [folder, port, ...returns] = process.argv.slice(2);
const { Provider } = await import(createRequire(`${folder}/`).resolve("oidc-provider")).then((m) => ({ Provider: m.default ?? m.Provider }));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "article34", client_secret: "a secret between the two", redirect_uris: returns }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  cookies: { keys: ["only for tests"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id.split("=").at(-1), email_verified: !id.startsWith("unverified") }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
