//! The typed view of a config: only what we judge, each value with its place.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::gate::Admitted;
use super::json5_text::Places;
use crate::facts::{ConfigProblem, ConfigProblemKind, ConfigShape, KeptVariable, Sourced, config_key};
use crate::probes::openclaw::environment::{self, Origin, Variables};
use crate::rules::openclaw::config_schema::{Asked, Schema};
use crate::text::secret::{SecretClass, SecretSight, Tagger, is_marker};

/// Reads values of one config and remembers references that lead nowhere.
pub struct View<'a> {
    root: &'a Value,
    places: Places<'a>,
    file: &'a str,
    variables: &'a Admitted,
    tagger: &'a Tagger,
    /// `${VAR}` references without a value, by the key that holds them.
    pub unresolved: Vec<Sourced<String>>,
    /// Those whose value is kept from this config.
    pub kept: Vec<KeptVariable>,
}

/// A value that may be a secret, and what may be known of it.
pub struct Secret {
    /// The value, for the request that needs it.
    pub value: Option<SecretString>,
    /// What goes into the facts.
    pub sight: SecretSight,
    /// The variable that it was read from.
    pub variable: Option<String>,
}

/// The keys that lead to a value.
pub type Step<'p> = &'p [&'p str];
/// The primary and the fallbacks.
pub type Models = (Option<Sourced<String>>, Vec<Sourced<String>>);
/// A value, or why OpenClaw refuses the config.
pub type Read<T> = Result<T, Box<ConfigProblem>>;

impl<'a> View<'a> {
    /// A view of a loaded config.
    pub fn new(
        root: &'a Value,
        text: &'a str,
        file: &'a str,
        variables: &'a Admitted,
        tagger: &'a Tagger,
    ) -> Self {
        let places = Places::new(text);
        View { root, places, file, variables, tagger, unresolved: Vec::new(), kept: Vec::new() }
    }

    /// A string at a path, with references filled in.
    pub fn string(&mut self, path: Step) -> Read<Option<Sourced<String>>> {
        match self.at(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                let text = self.fill(text, path);
                Ok(Some(self.sourced(text, path)))
            }
            Some(other) => Err(self.wrong(path, "a string", other)),
        }
    }

    /// A `model` key: a reference, or an object with `primary` and `fallbacks`.
    pub fn model(&mut self, path: Step) -> Read<Models> {
        for depth in 1..path.len() {
            // `agents.list` is a list of agents, each of which is an object.
            if path[depth].parse::<usize>().is_ok() {
                self.length(&path[..depth])?;
            } else {
                self.object(&path[..depth])?;
            }
        }
        match self.at(path) {
            None | Some(Value::Null) => Ok((None, Vec::new())),
            Some(Value::String(_)) => Ok((self.string(path)?, Vec::new())),
            Some(Value::Object(_)) => {
                let primary = self.string(&join(path, "primary"))?;
                Ok((primary, self.strings(&join(path, "fallbacks"))?))
            }
            Some(other) => Err(self.wrong(path, "a string or an object", other)),
        }
    }

    /// A number at a path.
    pub fn number(&self, path: Step) -> Read<Option<Sourced<f64>>> {
        match self.at(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(Some(self.sourced(number.as_f64().unwrap_or_default(), path))),
            Some(other) => Err(self.wrong(path, "a number", other)),
        }
    }

    /// True or false at a path.
    pub fn boolean(&self, path: Step) -> Read<Option<Sourced<bool>>> {
        match self.at(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(self.sourced(*value, path))),
            Some(other) => Err(self.wrong(path, "true or false", other)),
        }
    }

    /// The keys of an object at a path, with their places.
    pub fn keys(&self, path: Step) -> Read<Vec<Sourced<String>>> {
        let keys = self.object(path)?.into_iter().flat_map(serde_json::Map::keys);
        Ok(keys
            .map(|key| Sourced { from: config_key(path), ..self.sourced(key.clone(), &join(path, key)) })
            .collect())
    }

    /// Whether anything stands at a path.
    pub fn has(&self, path: Step) -> bool {
        self.at(path).is_some_and(|value| !value.is_null())
    }

    /// How many items the list at a path has; 0 where there is none.
    pub fn length(&self, path: Step) -> Read<usize> {
        match self.at(path) {
            None | Some(Value::Null) => Ok(0),
            Some(Value::Array(items)) => Ok(items.len()),
            Some(other) => Err(self.wrong(path, "a list", other)),
        }
    }

    /// The strings of a list.
    pub fn strings(&mut self, path: Step) -> Read<Vec<Sourced<String>>> {
        let mut strings = Vec::new();
        for index in 0..self.length(path)? {
            strings.extend(self.string(&join(path, &index.to_string()))?);
        }
        Ok(strings)
    }

    /// `env.vars`, which OpenClaw adds to its environment.
    pub fn env_vars(&mut self) -> Read<Variables> {
        self.object(&["env"])?;
        let Some(vars) = self.object(&["env", "vars"])? else {
            return Ok(Variables::new());
        };
        let origin = Origin::config();
        let value = |value: &Value| Some(environment::Value::new(value.as_str()?, &origin));
        Ok(vars.iter().filter_map(|(name, text)| Some((name.clone(), value(text)?))).collect())
    }

    /// A value that may be a secret: written out, a reference, or a SecretRef object.
    pub fn secret(&mut self, path: Step) -> Read<Secret> {
        let nothing = |sight| Secret { value: None, sight, variable: None };
        let text = match self.at(path) {
            None | Some(Value::Null) => return Ok(nothing(SecretSight::none())),
            Some(Value::String(text)) => text.trim(),
            Some(Value::Object(reference)) => return Ok(self.secret_ref(reference, path)),
            Some(other) => return Err(self.wrong(path, "a string or a secret reference", other)),
        };
        if let Some(name) = variable_name(text) {
            return Ok(self.variable(name, path));
        }
        let kept = self.kept.len();
        let filled = SecretString::from(self.fill(text, path));
        if self.kept.len() > kept {
            return Ok(nothing(followed_elsewhere()));
        }
        let sight = self.tagger.literal(&filled);
        Ok(Secret { sight, value: Some(filled).filter(is_key), variable: None })
    }

    fn secret_ref(&mut self, reference: &serde_json::Map<String, Value>, path: Step) -> Secret {
        let text = |key: &str| reference.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("source") == "env" {
            return self.variable(text("id"), path);
        }
        // Files, commands and stores are OpenClaw's to open.
        Secret { value: None, sight: followed_elsewhere(), variable: None }
    }

    fn variable(&mut self, name: &str, path: Step) -> Secret {
        let is_kept = self.keep(name, path);
        let found = self.variables.get(name).filter(|value| !value.expose_secret().trim().is_empty());
        let unfilled = if is_kept { followed_elsewhere() } else { SecretSight::unresolved() };
        Secret {
            sight: found.map_or(unfilled, |value| self.tagger.reference(value)),
            value: found.cloned().filter(is_key),
            // What is no name may be the key itself, in the wrong place.
            variable: Some(name.to_string()).filter(|name| is_variable(name) && name.len() <= LONGEST_NAME),
        }
    }

    /// An object at a path.
    pub fn object(&self, path: Step) -> Read<Option<&'a serde_json::Map<String, Value>>> {
        match self.at(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(other) => Err(self.wrong(path, "an object", other)),
        }
    }

    fn at(&self, path: Step) -> Option<&'a Value> {
        path.iter().try_fold(self.root, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            other => other.get(step),
        })
    }

    /// Replaces `${VAR}`; `$${VAR}` stands for the text itself, and a reference
    /// without a value stays as it is (`config/env-substitution` of the npm package).
    fn fill(&mut self, text: &str, path: Step) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            // No name is longer, and no text that is filled in again and again.
            if filled.len() > LONGEST_FILLED {
                break;
            }
            let near = &after[..after.floor_char_boundary(LONGEST_NAME + 1)];
            let reference = near.find('}').map(|end| (&after[..end], &after[end + 1..]));
            let reference = reference.filter(|(name, _)| is_variable(name));
            match reference {
                Some((name, after)) if before.ends_with('$') => {
                    filled.push_str(&format!("{{{name}}}"));
                    rest = after;
                }
                Some((name, after)) => {
                    let value = self.variable_text(name);
                    if value.is_none() && !self.keep(name, path) {
                        self.unresolved.push(self.sourced(name.to_string(), path));
                    }
                    filled.push_str(&value.unwrap_or_else(|| format!("${{{name}}}")));
                    rest = after;
                }
                None => {
                    filled.push_str("${");
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// Takes note of a variable whose value is kept from this config.
    fn keep(&mut self, name: &str, path: Step) -> bool {
        let why = self.variables.kept(name).map(str::to_string);
        let kept = why.map(|why| KeptVariable { name: name.to_string(), at: config_key(path), why });
        let is_kept = kept.is_some();
        self.kept.extend(kept);
        is_kept
    }

    fn variable_text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.expose_secret();
        (!value.is_empty()).then(|| value.to_string())
    }

    /// The shape of the whole config, by the schema of an OpenClaw.
    pub fn shape(&self, schema: &Schema) -> ConfigShape {
        let place = |path: &[&str]| self.place(path);
        let fill = |text: &str| self.filled_for_shape(text);
        schema.shape_of(self.root, &Asked { fill: &fill, place: &place })
    }

    /// A text with its references filled in; nothing where the value of one is kept from this config.
    fn filled_for_shape(&self, text: &str) -> Option<String> {
        if !text.contains("${") {
            return Some(text.to_string());
        }
        let mut view = View::new(self.root, "", self.file, self.variables, self.tagger);
        let filled = view.fill(text, &[]);
        view.kept.is_empty().then_some(filled)
    }

    /// Where the main file has the value. An item of a list that was put together
    /// from several files is not where its number says.
    fn place(&self, path: Step) -> Option<(usize, usize)> {
        let is_mixed = |depth: usize| match self.at(&path[..depth]) {
            Some(Value::Array(items)) => self.places.length(&path[..depth]) != Some(items.len()),
            _ => false,
        };
        if (0..path.len()).any(is_mixed) { None } else { self.places.of(path) }
    }

    fn sourced<T>(&self, value: T, path: Step) -> Sourced<T> {
        let place = self.place(path);
        Sourced {
            value,
            from: config_key(path),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
        }
    }

    fn wrong(&self, path: Step, expected: &str, found: &Value) -> Box<ConfigProblem> {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        let place = self.place(path);
        Box::new(ConfigProblem {
            kind: ConfigProblemKind::WrongType,
            message: format!("{} must be {expected}, and is {found}", config_key(path)),
            file: self.file.to_string(),
            key: Some(config_key(path)),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            shown: None,
        })
    }
}

/// The sight of a secret that OpenClaw follows to where we do not.
fn followed_elsewhere() -> SecretSight {
    SecretSight { set: true, class: SecretClass::Reference, tag: None }
}

/// A path with one more step.
pub fn join<'p>(path: &[&'p str], step: &'p str) -> Vec<&'p str> {
    path.iter().copied().chain([step]).collect()
}

/// Whether a value is a key to send, and not a marker or nothing.
pub fn is_key(value: &SecretString) -> bool {
    let text = value.expose_secret().trim();
    !text.is_empty() && !is_marker(text)
}

/// A text into which more was filled than this is left as it is from there on.
const LONGEST_FILLED: usize = 1 << 20;

/// A longer name is none to OpenClaw (`/^[A-Z][A-Z0-9_]{0,127}$/`).
const LONGEST_NAME: usize = 128;

fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase() || c == '_')
        && chars.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The variable that a whole secret string stands for: `${VAR}`, `$VAR`, or the
/// bare name of a key variable such as `OLLAMA_API_KEY`.
fn variable_name(text: &str) -> Option<&str> {
    let braced = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let bare = Some(text).filter(|text| text.ends_with("_API_KEY"));
    braced.or_else(|| text.strip_prefix('$')).or(bare).filter(|name| is_variable(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Admitted {
        let values = [("HOST", "10.0.0.5"), ("OLLAMA_API_KEY", "sk-canary"), ("EMPTY", "")]
            .map(|(name, value)| (name.to_string(), SecretString::from(value)));
        Admitted::all(values.into())
    }

    fn with_view<T>(root: &Value, use_it: impl FnOnce(&mut View) -> T) -> T {
        let (variables, tagger) = (variables(), Tagger::default());
        use_it(&mut View::new(root, "", "x.json", &variables, &tagger))
    }

    #[test]
    fn references_are_filled_in_and_what_has_no_value_stays() {
        let root =
            json!({"a": "http://${HOST}:1", "b": "${NO}", "c": "$${HOST}", "d": "${lower}", "e": "${EMPTY}"});
        with_view(&root, |view| {
            let mut text =
                |key| view.string(&[key]).ok().flatten().map(|found| found.value).unwrap_or_default();
            assert_eq!(text("a"), "http://10.0.0.5:1");
            assert_eq!(text("b"), "${NO}");
            assert_eq!(text("c"), "${HOST}");
            assert_eq!(text("d"), "${lower}");
            assert_eq!(text("e"), "${EMPTY}");
            assert_eq!(view.unresolved.iter().map(|name| &*name.value).collect::<Vec<_>>(), ["NO", "EMPTY"]);
        });
    }

    #[test]
    fn keys_are_told_apart_without_showing_them() {
        for (key, class) in [
            (json!("ollama-local"), SecretClass::Marker),
            (json!("${OLLAMA_API_KEY}"), SecretClass::Reference),
            (json!("OLLAMA_API_KEY"), SecretClass::Reference),
            (json!("$NOT_SET"), SecretClass::UnresolvedReference),
            (json!({"source": "env", "provider": "default", "id": "OLLAMA_API_KEY"}), SecretClass::Reference),
            (json!("abc123"), SecretClass::ShortLiteral),
            (json!(null), SecretClass::None),
        ] {
            let root = json!({"models": {"providers": {"ollama": {"apiKey": key}}}});
            let providers = with_view(&root, super::super::providers::read).unwrap_or_default();
            assert_eq!(providers[0].0.api_key.class, class, "{root}");
        }
    }

    #[test]
    fn an_item_of_a_list_from_several_files_has_no_place() {
        let (text, nothing, tagger) = ("{x: ['b'], y: ['c']}", Admitted::default(), Tagger::default());
        let root = json!({"x": ["a", "b"], "y": ["c"]});
        let mut view = View::new(&root, text, "x.json", &nothing, &tagger);
        let mut lines = |path: &[&str]| {
            view.strings(path).unwrap_or_default().into_iter().map(|item| item.column).collect::<Vec<_>>()
        };
        assert_eq!(lines(&["x"]), [None, None]);
        assert_eq!(lines(&["y"]), [Some(16)]);
    }

    #[test]
    fn the_older_list_of_agents_is_read() {
        let root = json!({"agents": {"list": [{"id": "main", "model": "ollama/x:1"}]}});
        let found = with_view(&root, |view| view.model(&["agents", "list", "0", "model"]).ok());
        assert_eq!(
            found.and_then(|(primary, _)| primary).map(|found| found.value).as_deref(),
            Some("ollama/x:1")
        );
    }

    #[test]
    fn a_wrong_type_names_its_key() {
        for (root, key) in [
            (json!({"agents": {"defaults": {"model": 7}}}), "agents.defaults.model"),
            (json!({"agents": []}), "agents"),
            (
                json!({"agents": {"defaults": {"model": {"fallbacks": "x"}}}}),
                "agents.defaults.model.fallbacks",
            ),
        ] {
            let problem = with_view(&root, |view| view.model(&["agents", "defaults", "model"]).err());
            assert_eq!(problem.and_then(|problem| problem.key).as_deref(), Some(key));
        }
        let root = json!({"models": {"providers": {"ollama": {"baseUrl": 7}}}});
        let problem = with_view(&root, |view| super::super::providers::read(view).err());
        assert_eq!(
            problem.and_then(|problem| problem.key).as_deref(),
            Some("models.providers.ollama.baseUrl")
        );
    }
}
