//! Rules of thumb for a model on a CPU: how long it takes until the first word of
//! an answer to OpenClaw, and how much memory it takes. Estimates, and never shown
//! as anything else.

use crate::facts::{ModelShape, Tag};
use crate::rules::openclaw::context_window::AGENT_PROMPT;

/// What one CPU brings to the reading of a prompt with weights of four to eight
/// bits, in 10^9 operations a second: a slow one and a fast one. From published
/// figures of llama.cpp and its forks (2 × parameters × tokens a second ÷ cores): 46
/// for an i5-6500 (llama.cpp issue 34) and an i9-9900, 87 for that one with newer code
/// (llamafile pull request 394), 125 for a 5975WX (ik_llama.cpp pull request 144). A
/// virtual CPU is half a core as a rule, and shared.
const WITH_VECTORS: (f64, f64) = (25.0, 150.0);

/// The same without AVX2, which a hypervisor may hide: a quarter of the width at most.
const WITHOUT_VECTORS: (f64, f64) = (4.0, 30.0);

/// Seconds until the first word: on fast CPUs and on slow ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstWord {
    /// At best.
    pub fast: f64,
    /// On slow or shared CPUs.
    pub slow: f64,
    /// Operations a second and CPU that these were reckoned with, in 10^9.
    pub speeds: (f64, f64),
}

/// Reading a prompt takes two operations for each parameter and token, and is bound by
/// computing, not by memory. `extensions` are those of the CPU, where they are known.
pub fn first_word(parameters: f64, cpus: f64, extensions: Option<&[String]>) -> FirstWord {
    let is_wide = |all: &[String]| all.iter().any(|one| one == "avx2" || one == "asimd");
    let speeds = if extensions.is_none_or(is_wide) { WITH_VECTORS } else { WITHOUT_VECTORS };
    let seconds = |speed: f64| AGENT_PROMPT as f64 * 2.0 * parameters / (cpus * speed * 1e9);
    FirstWord { fast: seconds(speeds.1), slow: seconds(speeds.0), speeds }
}

/// The parameters that each token passes through. Of a mixture of experts that is
/// the share of the experts in use: a little too few, since attention is not shared out.
pub fn active_parameters(tag: &Tag, shape: &ModelShape) -> Option<f64> {
    let told = shape.parameter_count.map(|count| count as f64);
    let all = told.or_else(|| parameter_size(tag.parameter_size.as_deref()?))?;
    match (shape.expert_used_count, shape.expert_count) {
        (Some(used), Some(count)) if used > 0 && used < count => Some(all * used as f64 / count as f64),
        _ => Some(all),
    }
}

/// `3.2B`, `137M`, `1.5K` as Ollama prints them (`format.HumanNumber`).
fn parameter_size(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "K" => 1e3,
        "M" => 1e6,
        "B" => 1e9,
        "T" => 1e12,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * scale).filter(|count| *count > 0.0)
}

/// Bytes of keys and values for a context of that many tokens, at two bytes a number:
/// `layers × KV heads × (key + value length) × 2`. `None` where the header
/// does not tell, and where layers remember less than the whole context.
pub fn cache_bytes(shape: &ModelShape, context: u64) -> Option<u64> {
    if shape.sliding_window.is_some() || !shape.uneven.is_empty() {
        return None;
    }
    let [layers, heads, widths] = cache_factors(shape)?;
    layers.checked_mul(heads)?.checked_mul(widths)?.checked_mul(2)?.checked_mul(context)
}

/// Layers, KV heads, and the lengths of a key and a value together.
pub fn cache_factors(shape: &ModelShape) -> Option<[u64; 3]> {
    let heads = shape.head_count_kv.or(shape.head_count)?;
    let by_width = || shape.embedding_length?.checked_div(shape.head_count?);
    let key = shape.key_length.or_else(by_width)?;
    let value = shape.value_length.unwrap_or(key);
    Some([shape.block_count?, heads, key.checked_add(value)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn llama() -> ModelShape {
        ModelShape {
            parameter_count: Some(3_212_749_888),
            block_count: Some(28),
            embedding_length: Some(3072),
            head_count: Some(24),
            head_count_kv: Some(8),
            ..ModelShape::default()
        }
    }

    fn tag(size: &str) -> Tag {
        let parameter_size = Some(size.to_string());
        Tag { name: "m".into(), size: 1, parameter_size, ..Tag::default() }
    }

    #[test]
    fn the_cache_of_a_known_model_is_what_llama_cpp_allocates() {
        // 112 KiB a token: `KV self size = 3584 MiB` for 32768.
        assert_eq!(cache_bytes(&llama(), 32_768), Some(3584 << 20));
        assert_eq!(cache_bytes(&ModelShape { sliding_window: Some(4096), ..llama() }, 32_768), None);
        assert_eq!(
            cache_bytes(&ModelShape { uneven: vec!["ssm.state_size".into()], ..llama() }, 32_768),
            None
        );
        assert_eq!(cache_bytes(&ModelShape::default(), 32_768), None);
        assert_eq!(cache_bytes(&ModelShape { block_count: Some(u64::MAX), ..llama() }, 32_768), None);
        assert_eq!(cache_bytes(&ModelShape { head_count: Some(0), ..llama() }, 32_768), None);
    }

    #[test]
    fn a_small_model_on_four_cpus_is_in_time_and_a_large_one_on_two_is_not() {
        let small = first_word(3.2e9, 4.0, None);
        assert!(small.fast < 150.0 && small.slow > 300.0, "{small:?}");
        assert!(first_word(3.2e9, 2.0, None).fast < 300.0);
        assert!(first_word(32.8e9, 2.0, None).fast > 1200.0);
        let narrow = ["avx".to_string()];
        assert!(first_word(3.2e9, 4.0, Some(&narrow)).fast > 600.0);
        let wide = ["avx".to_string(), "avx2".to_string()];
        assert_eq!(first_word(3.2e9, 4.0, Some(&wide)), small);
    }

    #[test]
    fn parameters_are_counted_or_read_and_of_experts_only_those_in_use() {
        assert_eq!(active_parameters(&tag("3.2B"), &ModelShape::default()), Some(3.2e9));
        assert_eq!(active_parameters(&tag("137.5M"), &ModelShape::default()), Some(137.5e6));
        assert_eq!(active_parameters(&tag("3.2B"), &llama()), Some(3_212_749_888.0));
        for nonsense in ["", "B", "3,2B", "0B", "-1B", "3.2 B", "1.2.3B"] {
            assert_eq!(active_parameters(&tag(nonsense), &ModelShape::default()), None, "{nonsense}");
        }
        let experts = ModelShape { expert_count: Some(32), expert_used_count: Some(4), ..llama() };
        assert_eq!(active_parameters(&tag("3.2B"), &experts), Some(3_212_749_888.0 / 8.0));
    }
}
