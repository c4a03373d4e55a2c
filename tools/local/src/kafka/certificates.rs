//! A certificate for a broker of one's own, from an authority made for it alone. The JDK's keytool makes both, so that
//! nothing has to be installed and no private key is ever part of the repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::security::Security;
use crate::error::{Error, Result};

/// Guards nothing: the key store lies beside the settings that name it.
pub(super) const STORE_PASSWORD: &str = "changeit";
const KEY: [&str; 6] = ["-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"];

/// Puts `broker.p12` and `ca.pem` into `dir`, unless they are there.
pub(crate) fn make(dir: &Path) -> Result<()> {
    let (store, ca) = (dir.join("broker.p12"), Security::ca(dir));
    if ca.is_file() {
        return Ok(());
    }
    fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    let own = ["-genkeypair", "-alias", "ca", "-dname", "CN=invoices test authority", "-ext", "bc:c"];
    keytool(&store, &[&own[..], &KEY].concat())?;
    let names = "san=ip:127.0.0.1,dns:localhost";
    let signed = ["-genkeypair", "-alias", "broker", "-signer", "ca", "-dname", "CN=localhost", "-ext", names];
    keytool(&store, &[&signed[..], &KEY].concat())?;
    let exported = keytool(&store, &["-exportcert", "-rfc", "-alias", "ca"])?;
    // The broker would present any key in its store, and the authority's is not for that.
    keytool(&store, &["-delete", "-alias", "ca"])?;
    // Written last: with it the set is whole.
    fs::write(&ca, exported).map_err(Error::file("write", &ca))
}

fn keytool(store: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let done = Command::new(super::jdk("keytool"))
        .args(args)
        .args(["-storetype", "PKCS12", "-storepass", STORE_PASSWORD, "-J-XX:TieredStopAtLevel=1", "-keystore"])
        .arg(store)
        .output()
        .map_err(|e| Error::Certificate(format!("keytool: {e}")))?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    // It tells its errors on standard output.
    let said = [done.stdout, done.stderr].concat();
    Err(Error::Certificate(String::from_utf8_lossy(&said).into_owned()))
}
