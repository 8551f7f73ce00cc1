//! The registry in the name of a model, where it is somebody's own.

use std::ops::Range;

/// Registries that anybody uses.
const PUBLIC: [&str; 8] = [
    "hf.co",
    "huggingface.co",
    "registry.ollama.ai",
    "ollama.com",
    "docker.io",
    "ghcr.io",
    "modelscope.cn",
    "quay.io",
];

/// Where in a name such as `registry.acme.com:5000/team/model:7b` the host stands, with its port.
pub fn host_in(name: &str) -> Option<Range<usize>> {
    if name.contains([' ', '"']) {
        return None;
    }
    let mut start = 0;
    let mut behind = name.split('/').count();
    for part in name.split('/') {
        behind -= 1;
        // `HOST/TEAM/MODEL`; in `my.box/MODEL` that is the id of a provider.
        let has_path = behind > 1 || behind == 1 && part.contains(':');
        if has_path && is_host(part) {
            return Some(start..start + part.len());
        }
        start += part.len() + 1;
    }
    None
}

fn is_host(part: &str) -> bool {
    let (host, port) = part.split_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
    let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let has_port = port.is_some_and(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
    let top = host.rsplit_once('.').map_or("", |(_, top)| top);
    let is_domain = top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic());
    let is_public = PUBLIC.iter().any(|public| host.eq_ignore_ascii_case(public));
    is_name && !is_public && (has_port || port.is_none() && is_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_before_a_path_is_one() {
        for (name, host) in [
            ("registry.acme.com/team/m:7b", Some("registry.acme.com")),
            ("ollama/box:5000/team/m", Some("box:5000")),
            ("llama3.2:3b", None),
            ("ollama/llama3.2:3b", None),
            ("hf.co/a/b:Q4", None),
            ("acme.com", None),
            ("my.box/llama3.2:3b", None),
            ("box:5000/m", Some("box:5000")),
            ("/a/b.json/c d", None),
        ] {
            assert_eq!(host_in(name).map(|place| &name[place]), host, "{name}");
        }
    }
}
