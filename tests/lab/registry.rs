//! The registry that `ollama pull` asks in the lab: `registry.ollama.ai` leads to it, with a certificate that the
//! machines trust. It has the models of `parrots/` and no others.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::{Outcome, must};
use crate::image::FOLDER;

/// The last part of its address on each wire.
pub const PLACE: u8 = 250;

const SERVER: &str = include_str!("registry.mjs");
const NAMES: &str = "subjectAltName=DNS:registry.ollama.ai,DNS:storage.ollama.ai";

/// Makes the certificate in a machine's root, whose list of authorities then has it. The key does not stay there.
pub fn trust(root: &Path) -> Outcome<()> {
    let place = root.display().to_string();
    let made = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "3650",
    ];
    let named = ["-subj", "/CN=lab", "-addext", NAMES, "-keyout", "/lab.key", "-out", "/lab.crt"];
    let arguments: Vec<&str> = [place.as_str(), "openssl"].into_iter().chain(made).chain(named).collect();
    must("chroot", &arguments)?;
    let told = |error: std::io::Error| format!("the registry's certificate: {error}");
    let certificate = fs::read_to_string(root.join("lab.crt")).map_err(told)?;
    let key = fs::read_to_string(root.join("lab.key")).map_err(told)?;
    fs::write(format!("{FOLDER}/registry.pem"), format!("{certificate}{key}")).map_err(told)?;
    fs::remove_file(root.join("lab.key")).map_err(told)?;
    fs::remove_file(root.join("lab.crt")).map_err(told)?;
    let list = root.join("etc/ssl/certs/ca-certificates.crt");
    let known = fs::read_to_string(&list).map_err(told)?;
    fs::write(&list, format!("{known}{certificate}")).map_err(told)
}

/// Serves the store of that layer until the lab ends. Other addresses of the lab refuse its port, as before.
pub fn start(image: &str, layer: &Path) -> Outcome<()> {
    for rule in [
        "add table inet registry",
        "add chain inet registry input { type filter hook input priority 0; }",
        "add rule inet registry input tcp dport 443 ip daddr & 0.0.0.255 != 0.0.0.250 reject with tcp reset",
    ] {
        must("nft", &[rule])?;
    }
    let told = |error: std::io::Error| format!("the registry cannot be started: {error}");
    let script = format!("{FOLDER}/registry.mjs");
    fs::write(&script, SERVER).map_err(told)?;
    let mut server = Command::new(format!("{image}/usr/local/bin/node"))
        .arg(&script)
        .arg(layer.join("usr/local/share/lab-registry"))
        .arg(format!("{FOLDER}/registry.pem"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(told)?;
    let mut line = String::new();
    let output = server.stdout.take().ok_or("the registry has no output")?;
    BufReader::new(output).read_line(&mut line).map_err(told)?;
    if line.trim() == "listening" {
        Ok(())
    } else {
        Err("the registry did not start; what it said is above".into())
    }
}
