//! What is observed of the hardware that a model runs on, and of a model's shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;

/// What this machine can compute with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compute {
    /// Device files of GPUs, by path.
    pub gpus: Vec<GpuDevice>,
    /// Vector extensions of the CPU that inference uses, such as `avx2`, where the kernel tells.
    #[schemars(extend("x-holds" = "word"))]
    pub vector_extensions: Option<Vec<String>>,
    /// Swap in bytes.
    pub swap_total: Fact<u64>,
    /// Swap in bytes that is free.
    pub swap_free: Fact<u64>,
    /// Who Ollama's process runs as, where one was found.
    pub ollama: Option<ProcessIdentity>,
}

/// A device file of a GPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GpuDevice {
    /// Such as `/dev/nvidia0`, `/dev/kfd` or `/dev/dri/renderD128`.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// The kernel's driver, for a render node.
    #[schemars(extend("x-holds" = "word"))]
    pub driver: Option<String>,
    /// Memory of its own in bytes, where the driver tells (`mem_info_vram_total` of amdgpu).
    pub memory: Option<u64>,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Name of the group, or its number where it has none.
    #[schemars(extend("x-holds" = "word"))]
    pub group: String,
}

/// Who a process runs as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessIdentity {
    /// The process.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group and the supplementary ones.
    pub gids: Vec<u32>,
}

/// What `model_info` of `/api/show` says of a model's size in work and memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelShape {
    /// `general.parameter_count`.
    #[serde(default)]
    pub parameter_count: Option<u64>,
    /// `<arch>.block_count`: layers.
    #[serde(default)]
    pub block_count: Option<u64>,
    /// `<arch>.embedding_length`.
    #[serde(default)]
    pub embedding_length: Option<u64>,
    /// `<arch>.attention.head_count`.
    #[serde(default)]
    pub head_count: Option<u64>,
    /// `<arch>.attention.head_count_kv`, where it is one number for all layers.
    #[serde(default)]
    pub head_count_kv: Option<u64>,
    /// `<arch>.attention.key_length`.
    #[serde(default)]
    pub key_length: Option<u64>,
    /// `<arch>.attention.value_length`.
    #[serde(default)]
    pub value_length: Option<u64>,
    /// `<arch>.attention.sliding_window`: layers that remember less than the whole context.
    #[serde(default)]
    pub sliding_window: Option<u64>,
    /// Keys of the header by which not every layer keeps keys and values of the whole
    /// context: `ssm.*`, `attention.kv_lora_rank`, a `head_count_kv` for each layer, and others.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub uneven: Vec<String>,
    /// `<arch>.expert_count`.
    #[serde(default)]
    pub expert_count: Option<u64>,
    /// `<arch>.expert_used_count`: of those, how many each token passes through.
    #[serde(default)]
    pub expert_used_count: Option<u64>,
}

impl ProcessIdentity {
    /// Whether it may read and write a device, by owner, group and the bits for others.
    pub fn may_open(&self, device: &GpuDevice) -> bool {
        let shift = if self.uid == device.uid {
            6
        } else if self.gids.contains(&device.gid) {
            3
        } else {
            0
        };
        self.uid == 0 || (device.mode >> shift) & 0o6 == 0o6
    }
}
