//! The machine itself: system, memory, addresses, who looks.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::ifaddrs::getifaddrs;
use nix::unistd::{Uid, User};
use procfs::{Current, Meminfo};
use sysinfo::System;

use crate::facts::{Fact, Host, Unseen};
use crate::probes::process::blocking;
use crate::scope::Scope;

/// Where OpenClaw 2026.9.6 looks for CUDA in WSL2 (`wsl2-crash-loop-check` of the npm package).
const WSL_CUDA: [&str; 4] =
    ["/dev/dxg", "/usr/lib/wsl/lib/nvidia-smi", "/usr/lib/wsl/lib/libcuda.so.1", "/usr/local/cuda"];

/// Looks at the machine.
pub async fn look(scope: &Scope) -> Fact<Host> {
    let path = scope.environment.path.clone();
    blocking(move || read(&path)).await.unwrap_or_else(Fact::Unseen)
}

fn read(path: &[PathBuf]) -> Fact<Host> {
    let uid = Uid::effective();
    let memory = memory();
    let told = |value: fn(&Meminfo) -> Option<u64>| match &memory {
        Ok(memory) => value(memory).map_or_else(|| Fact::unknown(UNTOLD), Fact::Seen),
        Err(unseen) => Fact::Unseen(unseen.clone()),
    };
    Fact::Seen(Host {
        os: System::long_os_version().unwrap_or_default(),
        kernel: System::kernel_version().unwrap_or_default(),
        arch: System::cpu_arch(),
        hostname: System::host_name().unwrap_or_default(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        memory_total: told(|memory| Some(memory.mem_total).filter(|total| *total > 0)),
        memory_available: told(|memory| memory.mem_available),
        user: user_name(uid.as_raw()),
        uid: uid.as_raw(),
        addresses: addresses(),
        cloud: cloud(Path::new("/sys/class/dmi/id")),
        // What sd_booted(3) does.
        systemd: Path::new("/run/systemd/system").is_dir(),
        ollama_program: find_ollama(path),
        wsl_cuda: WSL_CUDA.into_iter().find(|file| Path::new(file).exists()).map(str::to_string),
    })
}

/// The accounts of this machine, as far as its file lists them; no more than anybody has.
pub fn accounts() -> Vec<User> {
    const MOST: usize = 500;
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let names = accounts.lines().filter_map(|line| line.split(':').next()).take(MOST);
    names.filter_map(|name| User::from_name(name).ok().flatten()).collect()
}

/// Why a number of `/proc/meminfo` is not there.
pub const UNTOLD: &str = "/proc/meminfo does not tell";

/// What the kernel says of the memory. Where it says nothing, as in a sandbox, nothing is known of it.
pub fn memory() -> Result<Meminfo, Unseen> {
    Meminfo::current()
        .map_err(|error| Unseen::Unknown { error: format!("/proc/meminfo cannot be read: {error}") })
}

/// The name of a user, or the number where there is no name.
pub fn user_name(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    }
}

fn addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else {
        return Vec::new();
    };
    let mut addresses: Vec<IpAddr> = interfaces
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// What the firmware of a virtual machine says, by cloud: those that translate a
/// public address to a private one (as cloud-init's `ds-identify` tells them).
const CLOUDS: [(&str, &str, &str); 6] = [
    ("sys_vendor", "Amazon EC2", "Amazon EC2"),
    ("product_name", "Google Compute Engine", "Google Cloud"),
    ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "Azure"),
    ("chassis_asset_tag", "OracleCloud.com", "Oracle Cloud"),
    ("product_name", "Alibaba Cloud ECS", "Alibaba Cloud"),
    ("sys_vendor", "Tencent Cloud", "Tencent Cloud"),
];

fn cloud(dmi: &Path) -> Option<String> {
    let says = |file: &str, text: &str| {
        std::fs::read_to_string(dmi.join(file)).is_ok_and(|found| found.trim() == text)
    };
    CLOUDS.iter().find(|(file, text, _)| says(file, text)).map(|(_, _, name)| name.to_string())
}

/// `ollama` on PATH, or where Ollama's installer puts it.
fn find_ollama(path: &[PathBuf]) -> Option<String> {
    let installers = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
    let is_program = |file: &Path| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    path.iter()
        .chain(&installers)
        .map(|dir| dir.join("ollama"))
        .find(|file| is_program(file))
        .map(|file| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_known_by_its_firmware() -> std::io::Result<()> {
        let dmi = tempfile::tempdir()?;
        assert_eq!(cloud(dmi.path()), None);
        std::fs::write(dmi.path().join("sys_vendor"), "Microsoft Corporation\n")?;
        assert_eq!(cloud(dmi.path()), None, "Hyper-V at home");
        std::fs::write(dmi.path().join("chassis_asset_tag"), "7783-7084-3265-9085-8269-3286-77\n")?;
        assert_eq!(cloud(dmi.path()).as_deref(), Some("Azure"));
        Ok(())
    }
}
