//! The locations of nginx that pass requests on, read from its settings; nginx itself is not run.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::facts::{Fact, Forward};
use crate::probes::process::blocking;

/// The file that includes all others.
const MAIN: &str = "/etc/nginx/nginx.conf";
/// Files, bytes of one file, levels of blocks and of includes, and locations that are read at most.
const FILES: usize = 64;
const LARGEST: u64 = 1 << 20;
const DEEPEST: usize = 12;
const MOST: usize = 64;

/// Reads what nginx forwards.
pub async fn look() -> Fact<Vec<Forward>> {
    blocking(|| read(Path::new(MAIN))).await.unwrap_or_else(Fact::Unseen)
}

pub fn read(main: &Path) -> Fact<Vec<Forward>> {
    if !main.is_file() {
        return Fact::not_applicable(format!("there is no {}", main.display()));
    }
    let mut reader = Reader {
        root: main.parent().map(Path::to_path_buf).unwrap_or_default(),
        files: 0,
        denied: None,
        cut: false,
    };
    let all = reader.file(main, 0);
    if let Some(file) = reader.denied {
        return Fact::unknown(format!("{file} cannot be read; run as root"));
    }
    if reader.cut {
        return Fact::unknown(format!("{} includes more than {FILES} files", main.display()));
    }
    let mut forwards = Vec::new();
    for http in all.iter().filter(|one| one.is("http")) {
        let of_http = Settings::default().within(&http.block);
        for server in http.block.iter().filter(|one| one.is("server")) {
            let ports = ports(&server.block);
            locations(&server.block, &of_http.within(&server.block), &ports, &http.block, &mut forwards);
        }
    }
    forwards.truncate(MOST);
    Fact::Seen(forwards)
}

/// `words { block }` or `words;`.
struct Directive {
    words: Vec<String>,
    file: String,
    line: usize,
    block: Vec<Directive>,
}

impl Directive {
    fn is(&self, name: &str) -> bool {
        self.words.first().is_some_and(|word| word == name)
    }

    fn value(&self) -> &str {
        self.words.get(1).map_or("", String::as_str)
    }
}

struct Reader {
    root: PathBuf,
    files: usize,
    denied: Option<String>,
    /// There is more than is read.
    cut: bool,
}

impl Reader {
    fn file(&mut self, path: &Path, depth: usize) -> Vec<Directive> {
        self.files += 1;
        if self.files > FILES || depth > DEEPEST {
            self.cut = true;
            return Vec::new();
        }
        let mut text = Vec::new();
        let opened = File::open(path).and_then(|file| match file.metadata()?.is_file() {
            true => file.take(LARGEST).read_to_end(&mut text),
            false => Ok(0),
        });
        if opened.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
            self.denied = Some(path.display().to_string());
        }
        let mut tokens = tokens(&String::from_utf8_lossy(&text)).into_iter();
        self.block(&mut tokens, path, depth)
    }

    fn block(
        &mut self,
        tokens: &mut std::vec::IntoIter<(Token, usize)>,
        path: &Path,
        depth: usize,
    ) -> Vec<Directive> {
        let mut all = Vec::new();
        let mut words: Vec<String> = Vec::new();
        let mut first = 0;
        while let Some((token, line)) = tokens.next() {
            if words.is_empty() {
                first = line;
            }
            let block = match token {
                Token::Word(word) => {
                    words.push(word);
                    continue;
                }
                Token::End => Vec::new(),
                Token::Open if depth < DEEPEST => self.block(tokens, path, depth + 1),
                Token::Open | Token::Close => break,
            };
            let directive = Directive {
                words: std::mem::take(&mut words),
                file: path.display().to_string(),
                line: first,
                block,
            };
            if directive.is("include") {
                for file in self.included(directive.value()) {
                    all.extend(self.file(&file, depth + 1));
                }
            } else {
                all.push(directive);
            }
        }
        all
    }

    /// The files of an `include`, where a `*` stands in the name of the file only.
    fn included(&self, pattern: &str) -> Vec<PathBuf> {
        let path = self.root.join(pattern);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some((before, after)) = name.split_once('*') else {
            return vec![path];
        };
        let dir = path.parent().map(std::fs::read_dir);
        let mut files: Vec<PathBuf> = dir
            .into_iter()
            .flatten()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|file| {
                let name =
                    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
            })
            .filter(|file| !file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
            .collect();
        files.sort();
        files
    }
}

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut all = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '{' => all.push((Token::Open, line)),
            '}' => all.push((Token::Close, line)),
            ';' => all.push((Token::End, line)),
            '"' | '\'' => {
                let mut word = String::new();
                let start = line;
                while let Some(inner) = chars.next().filter(|inner| *inner != c) {
                    line += usize::from(inner == '\n');
                    word.push(if inner == '\\' { chars.next().unwrap_or(inner) } else { inner });
                }
                all.push((Token::Word(word), start));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                // A variable may be written `${name}`.
                let mut in_variable = false;
                while let Some(next) = chars.next_if(|next| {
                    let opens = *next == '{' && word.ends_with('$');
                    in_variable = (in_variable || opens) && *next != '$';
                    in_variable || !(next.is_whitespace() || matches!(next, '{' | '}' | ';'))
                }) {
                    in_variable &= next != '}';
                    word.push(next);
                }
                all.push((Token::Word(word), line));
            }
        }
    }
    all
}

/// What a block inherits from those around it.
#[derive(Default, Clone)]
struct Settings {
    read_timeout: Option<f64>,
    buffering: Option<bool>,
    host: Option<String>,
}

impl Settings {
    fn within(&self, block: &[Directive]) -> Settings {
        let last = |name: &str| block.iter().rfind(|one| one.is(name)).map(Directive::value);
        let mut headers = block.iter().filter(|one| one.is("proxy_set_header")).peekable();
        Settings {
            read_timeout: last("proxy_read_timeout").and_then(seconds).or(self.read_timeout),
            buffering: last("proxy_buffering").map(|value| value == "on").or(self.buffering),
            // Headers are inherited only where a block sets none.
            host: match headers.peek() {
                None => self.host.clone(),
                Some(_) => headers
                    .find(|one| one.value().eq_ignore_ascii_case("host"))
                    .and_then(|one| one.words.get(2).cloned()),
            },
        }
    }
}

fn locations(
    block: &[Directive],
    settings: &Settings,
    ports: &[u16],
    http: &[Directive],
    found: &mut Vec<Forward>,
) {
    for pass in block.iter().filter(|one| one.is("proxy_pass")) {
        found.push(Forward {
            file: pass.file.clone(),
            line: pass.line,
            ports: ports.to_vec(),
            target: target(pass.value(), http),
            read_timeout: settings.read_timeout.unwrap_or(60.0),
            buffering: settings.buffering.unwrap_or(true),
            host: settings.host.clone(),
        });
    }
    for inner in block.iter().filter(|one| one.is("location")) {
        locations(&inner.block, &settings.within(&inner.block), ports, http, found);
    }
}

/// The URL, with the first server of an upstream in place of the upstream's name.
fn target(url: &str, http: &[Directive]) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_string();
    };
    let name = rest.split('/').next().unwrap_or_default();
    let upstream = http.iter().find(|one| one.is("upstream") && one.value() == name);
    let server = upstream.and_then(|upstream| upstream.block.iter().find(|one| one.is("server")));
    server.map_or_else(|| url.to_string(), |server| format!("{scheme}://{}", server.value()))
}

/// Ports of `listen`, which is an address, a port or both; 80 where there is none.
fn ports(server: &[Directive]) -> Vec<u16> {
    let all = server.iter().filter(|one| one.is("listen")).map(Directive::value);
    let mut ports: Vec<u16> =
        all.map(|value| value.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(80)).collect();
    if ports.is_empty() {
        ports.push(80);
    }
    ports
}

/// A time as nginx writes it: `60`, `60s`, `10m`, `1h 30m` without the blank.
fn seconds(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        total += number
            * match &after[..letters] {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86400.0,
                _ => return None,
            };
        rest = &after[letters..];
    }
    (!text.is_empty() && total.is_finite()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_found_with_what_they_inherit() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        std::fs::create_dir(root.path().join("conf.d"))?;
        let main = root.path().join("nginx.conf");
        std::fs::write(
            &main,
            "events {}\nhttp {\n  proxy_read_timeout 2m; # all\n  include conf.d/*.conf;\n  upstream llm { server 127.0.0.1:11434; }\n}\n",
        )?;
        std::fs::write(
            root.path().join("conf.d/a.conf"),
            "server {\n listen 10.0.0.5:8080; listen [::]:443 ssl;\n location / {\n  proxy_pass http://llm;\n  proxy_set_header Host $host;\n }\n location ~ \"^/x{2}\" { proxy_pass http://127.0.0.1:9; proxy_read_timeout 900; proxy_buffering off; }\n}\n",
        )?;
        std::fs::write(
            root.path().join("conf.d/.b.conf"),
            "server { location / { proxy_pass http://hidden; } }",
        )?;
        let Fact::Seen(forwards) = read(&main) else { panic!("not read") };
        let [first, second] = &forwards[..] else { panic!("{forwards:?}") };
        assert_eq!(
            (first.line, &*first.target, &first.ports[..]),
            (4, "http://127.0.0.1:11434", &[8080, 443][..])
        );
        assert_eq!(
            (first.read_timeout, first.buffering, first.host.as_deref()),
            (120.0, true, Some("$host"))
        );
        assert_eq!((second.read_timeout, second.buffering, second.host.as_deref()), (900.0, false, None));
        // A name that is not UTF-8 hides nothing, and what is not read is told.
        let latin = b"server { # caf\xe9\n location / { proxy_pass http://latin; } }";
        std::fs::write(root.path().join("conf.d/c.conf"), latin)?;
        let Fact::Seen(forwards) = read(&main) else { panic!("not read") };
        assert!(forwards.iter().any(|forward| forward.target == "http://latin"));
        for number in 0..FILES {
            std::fs::write(root.path().join(format!("conf.d/d{number}.conf")), "")?;
        }
        assert!(read(&main).seen().is_none());
        Ok(())
    }

    #[test]
    fn times_are_read_as_nginx_reads_them() {
        assert_eq!(
            (seconds("60"), seconds("10m"), seconds("1h30m")),
            (Some(60.0), Some(600.0), Some(5400.0))
        );
        assert_eq!((seconds("500ms"), seconds("$t"), seconds("")), (Some(0.5), None, None));
        // A bundle has no number for it, and could not be read again.
        assert_eq!(seconds(&"9".repeat(400)), None);
    }

    #[test]
    fn broken_settings_end_somewhere() {
        for text in [
            "http {",
            "}}}}",
            "http { server { location / { proxy_pass",
            "\"",
            "a${b",
            &"{".repeat(5000),
            &"$a".repeat(1 << 19),
        ] {
            let mut reader = Reader { root: PathBuf::new(), files: 0, denied: None, cut: false };
            reader.block(&mut tokens(text).into_iter(), Path::new("x"), 0);
        }
    }
}
