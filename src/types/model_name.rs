//! Names of models as Ollama reads them (`types/model/name.go`).
//!
//! `[host/][namespace/]model[:tag]` with the defaults `registry.ollama.ai`,
//! `library` and `latest`; look-ups ignore case.

/// A valid model name with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName {
    host: String,
    namespace: String,
    model: String,
    tag: String,
}

const HOST: &str = "registry.ollama.ai";
const NAMESPACE: &str = "library";
const TAG: &str = "latest";

impl ModelName {
    /// Reads a name; `None` for one that Ollama would refuse as `invalid model name`.
    pub fn parse(text: &str) -> Option<ModelName> {
        let text = text.trim();
        let (path, tag) = match text.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (text, TAG),
        };
        let mut parts = path.rsplitn(3, '/');
        let model = parts.next()?;
        let namespace = parts.next().unwrap_or(NAMESPACE);
        let host = parts.next().unwrap_or(HOST);
        let valid = is_part(host, 350, ".:-_")
            && is_part(namespace, 80, "-_")
            && is_part(model, 80, ".-_")
            && is_part(tag, 80, ".-_");
        valid.then(|| ModelName {
            host: host.to_string(),
            namespace: namespace.to_string(),
            model: model.to_string(),
            tag: tag.to_string(),
        })
    }

    /// Whether Ollama takes both names for the same model.
    pub fn is_same(&self, other: &ModelName) -> bool {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        // By what differs most.
        is_same(&self.model, &other.model)
            && is_same(&self.tag, &other.tag)
            && is_same(&self.namespace, &other.namespace)
            && is_same(&self.host, &other.host)
    }

    /// The same text for all names of a model.
    pub fn key(&self) -> String {
        let ModelName { host, namespace, model, tag } = self;
        format!("{host}/{namespace}/{model}:{tag}").to_ascii_lowercase()
    }

    /// Whether Ollama takes this text for a name of the same model.
    pub fn is_named(&self, text: &str) -> bool {
        ModelName::parse(text).is_some_and(|name| name.is_same(self))
    }

    /// Whether the model runs on ollama.com: `:cloud` and `:<tag>-cloud`.
    pub fn is_cloud(&self) -> bool {
        let tag = self.tag.to_ascii_lowercase();
        tag == "cloud" || tag.ends_with("-cloud")
    }

    /// The name without its host, namespace and tag.
    pub fn family(&self) -> &str {
        &self.model
    }

    /// The shortest form: defaults left out, but for the tag.
    pub fn short(&self) -> String {
        let mut name = String::new();
        if !self.host.eq_ignore_ascii_case(HOST) {
            name.push_str(&self.host);
            name.push('/');
        }
        if !name.is_empty() || !self.namespace.eq_ignore_ascii_case(NAMESPACE) {
            name.push_str(&self.namespace);
            name.push('/');
        }
        format!("{name}{}:{}", self.model, self.tag)
    }
}

fn is_part(part: &str, longest: usize, others: &str) -> bool {
    let mut chars = part.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    starts_well && part.len() <= longest && chars.all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// The installed names most like `wanted`, best first.
pub fn nearest<'a>(wanted: &str, installed: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let mut scored: Vec<(f64, &str)> =
        installed.map(|name| (strsim::jaro_winkler(&wanted, &name.to_ascii_lowercase()), name)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        match (ModelName::parse(a), ModelName::parse(b)) {
            (Some(a), Some(b)) => a.is_same(&b),
            _ => panic!("{a:?} or {b:?} is no name"),
        }
    }

    #[test]
    fn the_default_tag_and_the_case_do_not_matter() {
        assert!(same("mistral", "mistral:latest"));
        assert!(same("Llama3.2:3B", "llama3.2:3b"));
        assert!(same("library/mistral", "registry.ollama.ai/library/mistral:latest"));
        assert!(!same("llama3", "llama3:8b"));
        assert!(!same("ollama/llama3", "llama3"));
    }

    #[test]
    fn hosts_and_namespaces_are_read() {
        assert!(same("hf.co/user/repo:Q4_K_M", "hf.co/user/repo:q4_k_m"));
        assert_eq!(ModelName::parse("user/m").map(|name| name.short()), Some("user/m:latest".into()));
        assert_eq!(ModelName::parse("mistral").map(|name| name.short()), Some("mistral:latest".into()));
    }

    #[test]
    fn names_that_ollama_refuses_are_none() {
        for text in ["", ":", "a b", "$(reboot)", "-x", "a//b", "a:b:c", "m:", "n.s/m", "a;b", "../x", "é"] {
            assert_eq!(ModelName::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn cloud_names_are_known_by_their_tag() {
        let cloud = |text| ModelName::parse(text).is_some_and(|name| name.is_cloud());
        assert!(cloud("kimi-k2.5:cloud"));
        assert!(cloud("gpt-oss:120b-cloud"));
        assert!(!cloud("cloud:7b"));
    }

    #[test]
    fn the_nearest_name_comes_first() {
        let installed = ["qwen3:8b", "llama3.2:3b", "mistral:latest"];
        assert_eq!(nearest("llama3.2", installed.into_iter())[0], "llama3.2:3b");
    }
}
