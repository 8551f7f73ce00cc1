//! Where a fix is documented, for a person.

/// Headings of the provider page, which has no URL to lead a reader to them:
/// anchor as GitHub makes it, and the heading itself.
pub const PROVIDER_PAGE_HEADINGS: &[(&str, &str)] = &[
    ("quick-start", "Quick start"),
    ("custom-base-url-explicit-config", "Custom base URL (explicit config)"),
    ("model-selection", "Model selection"),
    ("ollama-not-detected", "Ollama not detected"),
    ("no-models-available", "No models available"),
    ("connection-refused", "Connection refused"),
    (
        "vps--remote-ollama-connection-refused-econnrefused",
        "VPS / remote Ollama: connection refused (ECONNREFUSED)",
    ),
    (
        "vps--ubuntu-2204-intermittent-dns-failures-systemd-255--ipv6",
        "VPS / Ubuntu 22.04: intermittent DNS failures (systemd 255 + IPv6)",
    ),
    ("vps-agents-use-wrong-or-slow-model-after-setup", "VPS: agents use wrong or slow model after setup"),
];

/// A citation for a person: page and heading, and a link where there is one.
pub fn citation(target: &str) -> (String, Option<String>) {
    let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
    if page == "ollama-provider" {
        let heading = PROVIDER_PAGE_HEADINGS
            .iter()
            .find(|(slug, _)| *slug == anchor)
            .map_or(anchor, |(_, heading)| heading);
        return (format!("OpenClaw docs 2026.2.26, Ollama page, \"{heading}\""), None);
    }
    let site = match page.split_once('/') {
        Some(("openclaw", rest)) => Some(("OpenClaw docs", format!("https://docs.openclaw.ai/{rest}"))),
        Some(("ollama", rest)) => Some(("Ollama docs", format!("https://docs.ollama.com/{rest}"))),
        _ => None,
    };
    match site {
        Some((name, url)) if anchor.is_empty() => (format!("{name}, {page}"), Some(url)),
        Some((name, url)) => (format!("{name}, {page}"), Some(format!("{url}#{anchor}"))),
        None => (target.to_string(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_of_the_provider_page_has_a_heading_and_no_link() {
        let (page, url) = citation("ollama-provider#connection-refused");
        assert_eq!(page, "OpenClaw docs 2026.2.26, Ollama page, \"Connection refused\"");
        assert_eq!(url, None);
    }

    #[test]
    fn a_citation_of_the_docs_has_a_link() {
        let (_, url) = citation("ollama/linux#customizing");
        assert_eq!(url.as_deref(), Some("https://docs.ollama.com/linux#customizing"));
    }
}
