//! systemd-resolved: the files that set `DNSOverTLS`, the value in effect, its crashes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::super::process;
use super::booted::{NOT_BOOTED, is_booted};
use super::journal;
use crate::facts::{Fact, Resolved, ResolvedConf};
use crate::probes::files::text_of;

/// Directories of drop-ins, lowest precedence first (`resolved.conf(5)`).
const DROP_IN_DIRS: [&str; 4] = [
    "/usr/lib/systemd/resolved.conf.d",
    "/usr/local/lib/systemd/resolved.conf.d",
    "/run/systemd/resolved.conf.d",
    "/etc/systemd/resolved.conf.d",
];
/// Main files, highest precedence first: only the first that exists is read.
const MAIN_FILES: [&str; 4] = [
    "/etc/systemd/resolved.conf",
    "/run/systemd/resolved.conf",
    "/usr/local/lib/systemd/resolved.conf",
    "/usr/lib/systemd/resolved.conf",
];

/// Looks at systemd-resolved.
pub async fn look() -> Fact<Resolved> {
    if !is_booted() {
        return Fact::not_applicable(NOT_BOOTED);
    }
    let files = process::blocking(|| dns_over_tls_files(Path::new("/")));
    let (systemd_version, dns_over_tls, files, aborts) =
        tokio::join!(systemd_version(), dns_over_tls(), files, journal::aborts());
    Fact::Seen(Resolved {
        systemd_version,
        dns_over_tls,
        dns_over_tls_files: match files {
            Ok(files) => files,
            Err(unseen) => return Fact::Unseen(unseen),
        },
        aborts,
    })
}

async fn systemd_version() -> Fact<String> {
    match process::output("systemctl", &["show", "--property=Version", "--value", "--no-pager"]).await {
        Ok(output) if output.success => Fact::Seen(output.stdout.trim().to_string()),
        Ok(_) => Fact::unknown("systemctl show failed; is the system bus running?"),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

/// The property of the running service. `--auto-start=no` keeps the question
/// from starting a stopped one; `get-property` would start it.
async fn dns_over_tls() -> Fact<String> {
    let arguments = [
        "--auto-start=no",
        "--json=short",
        "call",
        "org.freedesktop.resolve1",
        "/org/freedesktop/resolve1",
        "org.freedesktop.DBus.Properties",
        "Get",
        "ss",
        "org.freedesktop.resolve1.Manager",
        "DNSOverTLS",
    ];
    match process::output("busctl", &arguments).await {
        Ok(output) if output.success => property(&output.stdout)
            .map_or_else(|| Fact::unknown("busctl printed something else than a property"), Fact::Seen),
        Ok(_) => Fact::not_applicable("systemd-resolved is not on the bus"),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

/// The string in `{"type":"v","data":[{"type":"s","data":"no"}]}`.
fn property(text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    json.pointer("/data/0/data")?.as_str().map(str::to_string)
}

/// Files that set `DNSOverTLS`, lowest precedence first. A drop-in hides those
/// of the same name in directories before it.
fn dns_over_tls_files(root: &Path) -> Vec<ResolvedConf> {
    let under = |path: &str| root.join(path.trim_start_matches('/'));
    let mut drop_ins: BTreeMap<std::ffi::OsString, PathBuf> = BTreeMap::new();
    for dir in DROP_IN_DIRS {
        for entry in std::fs::read_dir(under(dir)).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "conf") {
                drop_ins.insert(entry.file_name(), entry.path());
            }
        }
    }
    let main = MAIN_FILES.iter().map(|file| under(file)).find(|file| file.exists());
    main.into_iter().chain(drop_ins.into_values()).filter_map(|file| setting(&file)).collect()
}

fn setting(file: &Path) -> Option<ResolvedConf> {
    let text = text_of(file, 1 << 20)?;
    let value = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DNSOverTLS")?.trim_start().strip_prefix('='))
        .next_back()?;
    let modified = file.metadata().ok()?.modified().ok()?;
    Some(ResolvedConf {
        path: file.display().to_string(),
        value: value.trim().to_string(),
        modified: Timestamp::try_from(modified).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_order_of_precedence() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let write = |path: &str, text: &str| {
            let file = root.path().join(path);
            file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(file, text)
        };
        write("etc/systemd/resolved.conf", "[Resolve]\n#DNSOverTLS=no\n")?;
        write("usr/lib/systemd/resolved.conf.d/50-a.conf", "[Resolve]\nDNSOverTLS=yes\n")?;
        write("etc/systemd/resolved.conf.d/disable-dns-tcp.conf", "[Resolve]\nDNSOverTLS=no\n")?;
        write("etc/systemd/resolved.conf.d/README", "DNSOverTLS=opportunistic\n")?;
        let files = dns_over_tls_files(root.path());
        let values: Vec<&str> = files.iter().map(|file| &*file.value).collect();
        assert_eq!(values, ["yes", "no"]);
        Ok(())
    }

    #[test]
    fn a_property_is_read_from_the_bus_answer() {
        assert_eq!(property(r#"{"type":"v","data":[{"type":"s","data":"no"}]}"#).as_deref(), Some("no"));
        assert_eq!(property("garbage"), None);
    }
}
