//! The variables that a unit gives the gateway, read from its files: a gateway
//! is as a rule a unit of its user, of which systemd tells others nothing.

use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::environment::{Variables, read_dotenv};
use super::files::Readers;
use crate::facts::Install;

/// The name that `openclaw gateway install` gives it.
const UNIT: &str = "openclaw-gateway.service";
const LARGEST: u64 = 1 << 20;

/// What `Environment=` and `EnvironmentFile=` of the unit set; `None` where
/// there is no unit that starts this gateway.
pub fn of_gateway(install: &Install, readers: &Readers) -> Option<Variables> {
    let home = Path::new(&install.home);
    let of_user = home.join(".config/systemd/user").join(UNIT);
    let of_system = Path::new("/etc/systemd/system").join(UNIT);
    // What root wrote for systemd reaches the gateway whoever may read it.
    let anybody = Readers::default();
    let (text, readers) = match read(&of_user, readers) {
        Some(text) => (text + &drop_ins(&of_user, readers), readers),
        None => {
            let text = read(&of_system, &anybody)? + &drop_ins(&of_system, &anybody);
            let user = text.lines().filter_map(|line| line.trim().strip_prefix("User=")).next_back();
            if user.unwrap_or("root").trim() != install.user {
                return None;
            }
            (text, &anybody)
        }
    };
    Some(variables(&text, home, readers))
}

fn read(file: &Path, readers: &Readers) -> Option<String> {
    let mut text = String::new();
    let (file, _) = readers.open(file).ok().filter(|(_, meta)| meta.is_file())?;
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn drop_ins(unit: &Path, readers: &Readers) -> String {
    let entries = std::fs::read_dir(unit.with_extension("service.d")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.take(100).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "conf"));
    files.sort();
    files.iter().filter_map(|file| Some(format!("\n{}", read(file, readers)?))).collect()
}

/// Files count more than lines (`systemd.exec(5)`); an empty line takes back what came before.
fn variables(text: &str, home: &Path, readers: &Readers) -> Variables {
    let (mut lines, mut files) = (Variables::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("Environment=") {
            let words = shlex::split(words).unwrap_or_default();
            if words.is_empty() {
                lines.clear();
            }
            for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                lines.insert(name.to_string(), SecretString::from(value));
            }
        } else if let Some(file) = line.strip_prefix("EnvironmentFile=") {
            match file.trim().trim_start_matches('-') {
                "" => files.clear(),
                file => files.push(PathBuf::from(file.replace("%h", &home.display().to_string()))),
            }
        }
    }
    for file in files.iter().take(20) {
        lines.extend(read_dotenv(file, readers).unwrap_or_default());
    }
    lines
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn lines_and_files_of_a_unit_are_read() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join("x.env"), "B=file\nC=3\n")?;
        let text = "[Service]\nEnvironment=LOST=1\nEnvironment=\nEnvironment=\"A=one two\" B=line\n\
                    EnvironmentFile=-%h/x.env\nEnvironmentFile=-/nowhere\n";
        let variables = variables(text, home.path(), &Readers::default());
        let value = |name: &str| variables.get(name).map(|value| value.expose_secret().to_string());
        assert_eq!(value("A").as_deref(), Some("one two"));
        assert_eq!((value("B").as_deref(), value("C").as_deref()), (Some("file"), Some("3")));
        assert_eq!(value("LOST"), None);
        Ok(())
    }
}
