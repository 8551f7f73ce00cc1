//! GPUs that Ollama could use, and whether it may open them.

use crate::facts::{Compute, Facts, GpuDevice, Listener};

/// Less memory than this is a share of the machine's own, lent to a display.
const LEAST_MEMORY: u64 = 2 << 30;

/// The devices of which each is a GPU that Ollama uses without being told to: NVIDIA's,
/// and AMD's with memory of their own. Graphics of a CPU or of a hypervisor have a
/// render node too, and are left out.
pub fn usable(compute: &Compute) -> impl Iterator<Item = (usize, &GpuDevice)> {
    compute.gpus.iter().enumerate().filter(|(_, gpu)| is_nvidia(gpu) || is_amd(gpu))
}

fn is_nvidia(gpu: &GpuDevice) -> bool {
    let number = gpu.path.strip_prefix("/dev/nvidia").unwrap_or_default();
    !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
}

fn is_amd(gpu: &GpuDevice) -> bool {
    gpu.driver.as_deref() == Some("amdgpu") && gpu.memory.is_some_and(|bytes| bytes >= LEAST_MEMORY)
}

/// A device that Ollama needs for these GPUs and that its process may not open.
pub fn closed_device(compute: &Compute) -> Option<(usize, &GpuDevice)> {
    let identity = compute.ollama.as_ref()?;
    let has = |is: fn(&GpuDevice) -> bool| compute.gpus.iter().any(is);
    let (nvidia, amd) = (has(is_nvidia), has(is_amd));
    let is_needed = |gpu: &GpuDevice| {
        let of_nvidia = matches!(&*gpu.path, "/dev/nvidiactl" | "/dev/nvidia-uvm") || is_nvidia(gpu);
        (nvidia && of_nvidia) || (amd && (gpu.path == "/dev/kfd" || is_amd(gpu)))
    };
    compute.gpus.iter().enumerate().find(|(_, gpu)| is_needed(gpu) && !identity.may_open(gpu))
}

/// The fixes of `ollama/cpu-inference:on-cpu-with-gpu` that apply.
pub fn fixes_for(facts: &Facts, compute: &Compute, is_closed: bool) -> Vec<&'static str> {
    let sockets = facts.listeners.seen().map(|listeners| listeners.sockets.as_slice()).unwrap_or_default();
    let in_docker = sockets.iter().any(Listener::is_docker_proxy);
    let has_unit = facts.ollama_service().is_some();
    let has_uvm = compute.gpus.iter().any(|gpu| gpu.path == "/dev/nvidia-uvm");
    let nvidia = compute.gpus.iter().any(is_nvidia);
    match (in_docker, is_closed, nvidia) {
        (true, _, _) => vec!["container"],
        (_, true, _) => vec!["groups"],
        (_, _, false) => vec!["amd-driver", "groups"],
        _ if !has_unit => vec!["nvidia-driver"],
        _ if has_uvm => vec!["reload-uvm", "nvidia-driver"],
        _ => vec!["load-uvm", "nvidia-driver"],
    }
}
