//! Model names. Ollama source: types/model/name.go, and `getExistingName` in server/routes.go.

/// `host/namespace/model:tag`, all four filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) host: String,
    pub(crate) namespace: String,
    pub(crate) model: String,
    pub(crate) tag: String,
}

const HOST: &str = "registry.ollama.ai";
const NAMESPACE: &str = "library";
const TAG: &str = "latest";
/// A part that a separator promises and that is not there.
const MISSING: &str = "!MISSING!";

impl Name {
    /// Nothing for a name that Ollama calls invalid.
    pub(crate) fn parse(text: &str) -> Option<Name> {
        let name = Name::split(text);
        name.is_valid().then_some(name)
    }

    fn split(text: &str) -> Name {
        let colon = text.rfind(':').filter(|at| text.rfind('/').is_none_or(|slash| slash < *at));
        let (rest, tag) = match colon {
            Some(at) => (promised(&text[..at]), promised(&text[at + 1..])),
            None => (text, TAG),
        };
        let (rest, model) = cut_last_slash(rest);
        let (host, namespace) = match rest.map(cut_last_slash) {
            None => (HOST, NAMESPACE),
            Some((None, namespace)) => (HOST, namespace),
            Some((Some(host), namespace)) => {
                (host.split_once("://").map_or(host, |(_, host)| host), namespace)
            }
        };
        Name {
            host: host.to_owned(),
            namespace: namespace.to_owned(),
            model: model.to_owned(),
            tag: tag.to_owned(),
        }
    }

    fn is_valid(&self) -> bool {
        valid_part(&self.host, 350, "-_.:")
            && valid_part(&self.namespace, 80, "-_")
            && valid_part(&self.model, 80, "-_.")
            && valid_part(&self.tag, 80, "-_.")
    }

    /// The shortest form that means the same; the tag is always shown.
    pub(crate) fn display_shortest(&self) -> String {
        let Name { host, namespace, model, tag } = self;
        if !host.eq_ignore_ascii_case(HOST) {
            format!("{host}/{namespace}/{model}:{tag}")
        } else if !namespace.eq_ignore_ascii_case(NAMESPACE) {
            format!("{namespace}/{model}:{tag}")
        } else {
            format!("{model}:{tag}")
        }
    }

    /// The form in `does not support tools`.
    pub(crate) fn full(&self) -> String {
        format!("{}/{}/{}:{}", self.host, self.namespace, self.model, self.tag)
    }

    pub(crate) fn same_as(&self, other: &Name) -> bool {
        self.full().eq_ignore_ascii_case(&other.full())
    }

    /// Takes over, part by part, the case in which something is already stored.
    pub(crate) fn as_stored(&self, stored: &[Name]) -> Name {
        let find = |part: fn(&Name) -> &String| {
            let same = stored.iter().map(part).find(|known| known.eq_ignore_ascii_case(part(self)));
            same.unwrap_or(part(self)).clone()
        };
        Name {
            host: find(|name| &name.host),
            namespace: find(|name| &name.namespace),
            model: find(|name| &name.model),
            tag: find(|name| &name.tag),
        }
    }
}

fn cut_last_slash(text: &str) -> (Option<&str>, &str) {
    match text.rsplit_once('/') {
        Some((before, after)) => (Some(promised(before)), promised(after)),
        None => (None, text),
    }
}

fn promised(part: &str) -> &str {
    if part.is_empty() { MISSING } else { part }
}

fn valid_part(part: &str, longest: usize, inner: &str) -> bool {
    let start = |c: char| c.is_ascii_alphanumeric() || c == '_';
    part.len() <= longest
        && part.starts_with(start)
        && part.chars().all(|c| c.is_ascii_alphanumeric() || inner.contains(c))
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn shortest_form_or_invalid() {
        for (text, shown) in [
            ("llama3", Some("llama3:latest")),
            ("llama3.2:3b", Some("llama3.2:3b")),
            ("ollama/llama3", Some("ollama/llama3:latest")),
            ("hf.co/user/repo:Q4_K_M", Some("hf.co/user/repo:Q4_K_M")),
            ("http://localhost:5000/a/b", Some("localhost:5000/a/b:latest")),
            ("registry.ollama.ai/library/x:y", Some("x:y")),
            ("", None),
            ("x:", None),
            ("/x", None),
            ("a.b/x", None),
            ("-x", None),
            ("x y", None),
        ] {
            assert_eq!(Name::parse(text).map(|name| name.display_shortest()).as_deref(), shown, "{text:?}");
        }
    }
}
