//! A systemd service that looks once, and a timer that starts it.

use crate::text::printable::is_unsafe;

/// What the service may not do.
const CONFINEMENT: &str = "\
# It reads, and writes nothing but its state directory.
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
# Reading what is another user's, and what that user's programs were started with;
# asking that user's systemd, as that user.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SETGID CAP_SETUID CAP_SYS_PTRACE
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
SystemCallArchitectures=native
LockPersonality=yes
MemoryDenyWriteExecute=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
";

/// The service. It runs as root, for only root sees which program listens and
/// what the gateway of another user was started with; everything that it does
/// not need for that is taken from it. Findings are no failure of the service.
pub fn service(program: &str) -> String {
    let program = word(program);
    format!(
        "\
[Unit]
Description=Look whether OpenClaw gets answers from Ollama
Documentation=man:openclaw-doctor(1)

[Service]
Type=oneshot
# The report goes to the journal, the metrics to a file for node_exporter:
# --collector.textfile.directory=/var/lib/openclaw-doctor
ExecStart={program} --quiet --output ${{STATE_DIRECTORY}}/openclaw-doctor.prom --bundle ${{STATE_DIRECTORY}}/bundle.json
# Findings are what it is for.
SuccessExitStatus=1
TimeoutStartSec=60
Nice=10
StateDirectory=openclaw-doctor
StateDirectoryMode=0755
UMask=0022

{CONFINEMENT}"
    )
}

/// The timer.
pub fn timer() -> &'static str {
    "\
[Unit]
Description=Look now and then whether OpenClaw gets answers from Ollama

[Timer]
OnBootSec=3min
OnUnitActiveSec=15min
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
"
}

/// Both, with where they belong.
pub fn both(program: &str) -> String {
    format!(
        "\
# Write each to its file, then: systemctl daemon-reload && systemctl enable --now openclaw-doctor.timer
#   openclaw-doctor unit service > /etc/systemd/system/openclaw-doctor.service
#   openclaw-doctor unit timer > /etc/systemd/system/openclaw-doctor.timer

# /etc/systemd/system/openclaw-doctor.service
{}
# /etc/systemd/system/openclaw-doctor.timer
{}",
        service(program),
        timer()
    )
}

/// A path as one word of a command line (systemd.service(5), command lines).
fn word(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        match c {
            '%' | '$' => out.extend([c, c]),
            '"' | '\\' => out.extend(['\\', c]),
            c if is_unsafe(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    if out == path && !path.contains(|c: char| c.is_whitespace() || c == '\'' || c == ';') {
        return out;
    }
    format!("\"{out}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(word("/usr/bin/openclaw-doctor"), "/usr/bin/openclaw-doctor");
        assert_eq!(word("/o p/100%$x\"\\\n"), "\"/o p/100%%$$x\\\"\\\\\\U0000000a\"");
    }
}
