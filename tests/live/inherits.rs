//! What a helper program gets of the doctor that starts it: nothing that is root's.

use std::os::unix::fs::PermissionsExt;

use crate::doctor::*;
use crate::machines::{SYSTEMD, script, with_mounts};

const CANARY: &str = "canary-of-root";
/// An account whose home is a folder of the doctor's, and whose systemd seems to run.
const ACCOUNT: &str = "{ cat /etc/passwd; echo gwuser:x:61234:61234::$HOME/gw:/bin/sh; } >$HOME/passwd && \
                       mount --bind $HOME/passwd /etc/passwd && mkdir -p /run/user/61234/systemd && \
                       touch /run/user/61234/systemd/private && exec 9<$HOME/canary-of-root";
/// What whoever a helper runs as can read of it.
const LEAKS: &str = "PATH=/usr/bin:/bin; seen=SEEN/$(id -u).$$; tr '\\0' '\\n' </proc/$$/environ >$seen; \
                     grep Groups: /proc/$$/status >>$seen; ls -l /proc/$$/fd >>$seen; pwd >>$seen";

#[test]
fn a_helper_inherits_nothing_of_roots() {
    let Some(words) = with_mounts(&format!("{SYSTEMD} && {ACCOUNT}")) else { return };
    let doctor = Doctor::new();
    let package = doctor.home().join("gw/lib/openclaw");
    let unit = format!("[Service]\nExecStart=/usr/bin/node {}/dist/index.js gateway\n", package.display());
    let doctor = doctor
        .file("gw/.config/systemd/user/openclaw-gateway.service", &unit)
        .file("gw/lib/openclaw/package.json", "{\"name\":\"openclaw\",\"version\":\"2026.9.6\"}")
        .file("gw/lib/openclaw/dist/index.js", "")
        .file("seen/keep", "")
        .file(CANARY, "")
        .without_env("OPENCLAW_HOME")
        .env("OPENAI_API_KEY", CANARY)
        .env("HTTPS_PROXY", CANARY)
        .behind(&words)
        .args(&["--offline", "--format", "json"]);
    // His unit is read as far as he could read it himself.
    std::fs::set_permissions(doctor.home(), PermissionsExt::from_mode(0o755)).expect("its mode");
    let seen = doctor.home().join("seen");
    std::fs::set_permissions(&seen, PermissionsExt::from_mode(0o777)).expect("its mode");
    for helper in ["systemctl", "journalctl", "busctl"] {
        script(&doctor, helper, &LEAKS.replace("SEEN", &seen.display().to_string()));
    }
    Report::read(doctor.run());
    let (mut of_user, mut of_root) = (0, 0);
    for entry in std::fs::read_dir(&seen).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "keep" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        assert!(!text.contains(CANARY), "{name}: {text}");
        let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        let known =
            ["LC_ALL", "PATH", "PWD", "SYSTEMD_COLORS", "SYSTEMD_LESS", "SYSTEMD_PAGER", "XDG_RUNTIME_DIR"];
        assert!(names.iter().all(|name| known.contains(name)), "{name}: {names:?}");
        assert_eq!(text.lines().last(), Some("/"), "{name}: {text}");
        if name.starts_with("61234.") {
            of_user += 1;
            let groups = text.lines().find_map(|line| line.strip_prefix("Groups:")).map(str::trim);
            assert_eq!(groups, Some(""), "root's groups: {text}");
        } else {
            of_root += 1;
        }
    }
    assert!(of_user > 0 && of_root > 0, "{of_user} helpers of the user, {of_root} of root");
}
