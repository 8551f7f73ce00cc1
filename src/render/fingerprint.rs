//! What a finding is known by on another day: what its sentence says in numbers may change.

use crate::report::Finding;

/// The check, the cause and the place, in words.
pub fn identity(finding: &Finding) -> String {
    let parts =
        [Some(&finding.check_id), Some(&finding.cause), finding.path.as_ref(), finding.target.as_ref()];
    let parts: Vec<String> =
        parts.iter().map(|part| part.map(|part| part.replace(' ', "%20")).unwrap_or_default()).collect();
    parts.join(" ").trim_end().to_string()
}

/// The same as 16 hexadecimal digits (FNV-1a): readers of these formats expect a hash, which guards nothing.
pub fn fingerprint(identity: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    format!("{:016x}", identity.bytes().fold(OFFSET, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_hash() {
        // Test vectors of the FNV draft.
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("foobar"), "85944171f73967e8");
    }
}
