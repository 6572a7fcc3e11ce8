// Asks the browser for a passkey, or to make one, and sends what it says. Without it, one-time codes do the same.
(() => {
  "use strict";
  const form = document.getElementById("passkey");
  const { options, does } = form.dataset;
  const parse = { create: "parseCreationOptionsFromJSON", get: "parseRequestOptionsFromJSON" }[does];
  const failed = () => { document.getElementById("passkey-failed").hidden = false; };
  if (!window.PublicKeyCredential || !PublicKeyCredential[parse]) { failed(); return; }
  navigator.credentials[does]({ publicKey: PublicKeyCredential[parse](JSON.parse(options)) })
    .then((credential) => {
      document.getElementById("credential").value = JSON.stringify(credential.toJSON());
      form.submit();
    })
    .catch(failed);
})();
