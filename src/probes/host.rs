//! The machine itself: system, memory, addresses, who looks.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::ifaddrs::getifaddrs;
use nix::unistd::{Uid, User};
use sysinfo::System;

use super::process::blocking;
use crate::facts::{Fact, Host};
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
    let mut system = match System::new() {
        Ok(system) => system,
        Err(error) => return Fact::unknown(format!("the state of the machine cannot be read: {error}")),
    };
    system.refresh_memory();
    let uid = Uid::effective();
    Fact::Seen(Host {
        os: System::long_os_version().unwrap_or_default(),
        kernel: System::kernel_version().unwrap_or_default(),
        arch: System::cpu_arch(),
        hostname: System::host_name().unwrap_or_default(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        memory_total: system.total_memory(),
        memory_available: system.available_memory(),
        user: user_name(uid.as_raw()),
        uid: uid.as_raw(),
        addresses: addresses(),
        // What sd_booted(3) does.
        systemd: Path::new("/run/systemd/system").is_dir(),
        ollama_program: find_ollama(path),
        wsl_cuda: WSL_CUDA.into_iter().find(|file| Path::new(file).exists()).map(str::to_string),
    })
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
