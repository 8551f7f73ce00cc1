//! Names of models and versions; what is taken for a name is one word of a command.

use openclaw_doctor::types::model_name::{ModelName, nearest};
use openclaw_doctor::types::versions::{Range, Version};

pub fn run(text: &str) {
    if let Some(name) = ModelName::parse(text) {
        let short = name.short();
        assert!(
            name.is_same(&ModelName::parse(&short).expect("a short name is a name")),
            "{text:?}: {short:?}"
        );
        assert!(short.chars().all(|c| c.is_ascii_graphic()), "{short:?}");
        let quoted = shlex::try_quote(&short).expect("it can be quoted");
        assert_eq!(shlex::split(&quoted).as_deref(), Some(&[short.clone()][..]));
    }
    let installed = ["llama3.2:3b", "qwen3:8b", "hf.co/x/y:Q4_K_M"];
    let _ = nearest(text, installed.into_iter());
    let (one, rest) = text.split_once(' ').unwrap_or((text, ""));
    if let (Ok(version), Ok(range)) = (one.parse::<Version>(), rest.parse::<Range>()) {
        let _ = range.contains(&version);
    }
}
