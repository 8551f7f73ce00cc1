//! What OpenClaw's gateway does where nothing says otherwise, and by what one is known.

/// The port of a gateway that nobody gave another one (`paths` of the npm package, 2026.9.6).
pub const DEFAULT_PORT: u16 = 18789;
/// What OpenClaw's own container image runs in the folder of the package (`install/docker`, `node dist/index.js`).
pub const IMAGE_SCRIPT: &str = "dist/index.js";
/// The name that a running gateway gives its process, and its unit (`openclaw gateway install`, 2026.9.6).
const NAME: &str = "openclaw-gateway";
/// The state directory of a profile, before its name (`paths` of the npm package).
const STATE_DIR_OF_PROFILE: &str = ".openclaw-";

/// The name of the state directory of a profile.
pub fn state_dir_of(profile: &str) -> String {
    format!("{STATE_DIR_OF_PROFILE}{profile}")
}

/// The profile that a state directory is of, where it is one's.
pub fn profile_of(state_dir: &str) -> Option<&str> {
    state_dir.rsplit('/').next()?.strip_prefix(STATE_DIR_OF_PROFILE)
}

/// The unit that `openclaw gateway install` writes for a profile, or for none.
pub fn unit_name(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("{NAME}-{profile}.service"),
        None => format!("{NAME}.service"),
    }
}

/// Whether a unit is called as OpenClaw's installer calls it, for whichever profile.
pub fn is_unit_name(name: &str) -> bool {
    let stem = name.strip_suffix(".service").and_then(|stem| stem.strip_prefix(NAME));
    stem.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whether a process has taken the title of a gateway. Anybody can do that: its program must be one
/// that OpenClaw runs on, too.
pub fn is_title(words: &[String]) -> bool {
    words.first().is_some_and(|word| word.split_whitespace().next() == Some(NAME))
}

/// Whether a program is one that OpenClaw runs on, by its file: Node or Bun. One that was replaced since is marked by
/// the kernel.
pub fn is_runtime(program: &str) -> bool {
    let name = program.strip_suffix(" (deleted)").unwrap_or(program).rsplit('/').next().unwrap_or_default();
    name == "bun" || is_node(name)
}

/// Whether a file is Node's by its name: `node`, `nodejs`, `node24`, `node-24`.
pub fn is_node(name: &str) -> bool {
    let rest = name.strip_prefix("nodejs").or_else(|| name.strip_prefix("node"));
    rest.is_some_and(|rest| rest.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Whether the words of a process, not yet replaced by its title, run a gateway:
/// `gateway` alone, or `gateway run`; any other word after it asks for something else.
pub fn runs_gateway(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    asks_gateway(&words, &["run"])
}

/// Whether the command of a unit is meant to run one. `gateway start` and `restart` are: they end at once, and that
/// is what is wrong then. A command of a container engine runs one elsewhere.
pub fn unit_runs_gateway(words: &[String]) -> bool {
    let is_engine = |word: &String| matches!(word.rsplit('/').next(), Some("docker" | "podman"));
    // A shell has its command in one word.
    let split: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    !words.first().is_some_and(is_engine) && asks_gateway(&split, &["run", "start", "restart"])
}

/// The script of OpenClaw among the first words of a command.
pub fn script(words: &[String]) -> Option<&String> {
    words.iter().take(4).find(|word| is_script(word))
}

/// The folder of the package that a process runs a gateway from, where only that folder tells that it is OpenClaw's:
/// `node dist/index.js gateway` of its Compose file, `node openclaw.mjs gateway` of its image (`install/docker`).
/// Relative to where the process runs.
pub fn image_folder(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (at, folder) =
        words.iter().enumerate().take(4).find_map(|(at, word)| Some((at, folder_of(word)?)))?;
    asks_after(&words[at + 1..], &["run"]).then_some(folder)
}

/// The folder of the package, by a script of it.
fn folder_of(script: &str) -> Option<&str> {
    let folder = [IMAGE_SCRIPT, "openclaw.mjs"].iter().find_map(|name| script.strip_suffix(name))?;
    (folder.is_empty() || folder.ends_with('/')).then_some(folder)
}

fn asks_gateway(words: &[&str], runs: &[&str]) -> bool {
    let script = words.iter().take(8).position(|word| is_script(word));
    script.is_some_and(|script| asks_after(&words[script + 1..], runs))
}

/// Whether the words after OpenClaw's script ask for a gateway.
fn asks_after(words: &[&str], runs: &[&str]) -> bool {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "gateway" => {
                let next = rest.next().copied().unwrap_or("run");
                return runs.contains(&next) || next.starts_with('-');
            }
            "--profile" | "--log-level" | "--container" => drop(rest.next()),
            option if option.starts_with('-') => {}
            _ => return false,
        }
    }
    false
}

/// The script that Node runs for OpenClaw.
fn is_script(word: &str) -> bool {
    word == "openclaw"
        || word.ends_with("/openclaw")
        || word.ends_with("/openclaw.mjs")
        || word.contains("/openclaw/dist/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn a_gateway_is_known_by_its_arguments() {
        for text in [
            "/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789",
            "node /usr/local/bin/openclaw gateway",
            "node /usr/local/bin/openclaw --profile work gateway run --verbose",
            "node --max-old-space-size=512 /usr/lib/node_modules/openclaw/openclaw.mjs --dev gateway",
        ] {
            assert!(runs_gateway(&words(text)) && unit_runs_gateway(&words(text)), "{text}");
        }
        for text in [
            "openclaw-doctor --only gateway",
            "node /usr/local/bin/openclaw models list",
            "node /usr/local/bin/openclaw gateway status",
            "node /usr/local/bin/openclaw --profile gateway status",
            "node /usr/local/bin/openclaw logs gateway",
            "node /home/openclaw/app.js gateway",
        ] {
            assert!(!runs_gateway(&words(text)) && !unit_runs_gateway(&words(text)), "{text}");
        }
    }

    #[test]
    fn an_image_runs_a_gateway_from_the_folder_of_the_package() {
        for (text, folder) in [
            ("node dist/index.js gateway --bind lan --port 18789", Some("")),
            ("node openclaw.mjs gateway", Some("")),
            ("node --max-old-space-size=512 /app/dist/index.js gateway", Some("/app/")),
            ("node dist/index.js models list", None),
            ("node notdist/index.js gateway", None),
        ] {
            assert_eq!(image_folder(&words(text)), folder, "{text}");
        }
    }

    #[test]
    fn a_unit_leads_to_a_gateway_whatever_it_is_called() {
        let shell = ["/bin/bash".to_string(), "-lc".into(), "exec openclaw gateway --port 19000".into()];
        assert!(unit_runs_gateway(&shell) && !runs_gateway(&shell));
        assert!(unit_runs_gateway(&words("/usr/local/bin/openclaw gateway start")));
        assert!(!unit_runs_gateway(&words("/usr/bin/docker run --name openclaw openclaw gateway")));
        assert!(is_unit_name("openclaw-gateway.service") && is_unit_name("openclaw-gateway-work.service"));
        assert!(!is_unit_name("openclaw-gatewayd.service") && !is_unit_name("openclaw.service"));
    }

    #[test]
    fn a_title_alone_is_no_gateway() {
        assert!(is_title(&words("openclaw-gateway")) && !is_title(&words("node app.js")) && !is_title(&[]));
        assert!(is_runtime("/usr/bin/node") && is_runtime("/opt/node/bin/node (deleted)"));
        assert!(is_runtime("/opt/node-24") && is_runtime("/usr/local/bin/bun"));
        assert!(!is_runtime("/usr/bin/sleep") && !is_runtime("/usr/bin/nodes"));
    }

    #[test]
    fn a_profile_has_a_state_directory_of_its_own() {
        assert_eq!(profile_of(&format!("/home/a/{}", state_dir_of("work"))), Some("work"));
        assert_eq!((profile_of("/home/a/.openclaw"), profile_of("/srv/.openclaw-x/state")), (None, None));
    }
}
