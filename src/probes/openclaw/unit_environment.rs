//! The variables that a unit gives the gateway, read from its files: a gateway
//! is as a rule a unit of its user, of which systemd tells others nothing.

use std::io::Read;
use std::path::{Path, PathBuf};

use nix::unistd::User;

use super::environment::{Origin, Value, Variables};
use crate::probes::files::{Readers, Rights};
use crate::probes::systemd::unit_text;

/// What is read of a file, and of a unit with all its drop-ins and files.
const LARGEST: u64 = 1 << 20;

/// The unit that starts the gateway: its file, and the text of it with its drop-ins.
pub struct GatewayUnit {
    /// The file.
    pub path: String,
    text: String,
    /// Who can read all of that text.
    rights: Rights,
    /// What root wrote for systemd reaches the gateway whoever may read it.
    of_root: bool,
}

impl GatewayUnit {
    /// The words of its last `ExecStart=`, without the signs that systemd takes before them.
    pub fn command(&self) -> Option<Vec<String>> {
        self.commands().next_back()
    }

    /// Those of each `ExecStart=`, in the order in which they are read: a drop-in may have another one than the unit.
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = Vec<String>> {
        let lines = self.text.lines().filter_map(|line| line.trim().strip_prefix("ExecStart="));
        let commands = lines.filter(|line| !line.trim().is_empty());
        commands.filter_map(|line| unit_text::split_words(line.trim_start_matches(['-', '@', ':', '+', '!'])))
    }

    /// `--port` of its command.
    pub fn port(&self) -> Option<u16> {
        self.command()?.iter().skip_while(|word| *word != "--port").nth(1)?.parse().ok()
    }

    /// The last step of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The same unit, as root wrote it: what it sets reaches the gateway whoever may read it.
    pub fn of_root(self) -> GatewayUnit {
        GatewayUnit { of_root: true, ..self }
    }

    /// What `Environment=` and `EnvironmentFile=` set for a gateway of that user and home. Its user finds the values
    /// in its environment, whoever may read the files.
    pub fn variables(&self, user: &str, home: &Path, readers: &Readers) -> Variables {
        let anybody = Readers::default();
        let readers = if self.of_root { &anybody } else { readers };
        let user = User::from_name(user).ok().flatten().map(|user| user.uid.as_raw());
        variables(self, home, readers, user)
    }

    /// Its last `User=`.
    pub fn user(&self) -> Option<&str> {
        self.text.lines().filter_map(|line| line.trim().strip_prefix("User=")).next_back().map(str::trim)
    }
}

/// A unit file with its drop-ins.
pub fn unit_at(path: &Path, readers: &Readers) -> Option<GatewayUnit> {
    let (mut text, mut rights) = read_unit_within(path, readers, LARGEST)?;
    for file in drop_ins(path) {
        let left = LARGEST.saturating_sub(text.len() as u64);
        let Some((drop_in, its_rights)) = read_unit_within(&file, readers, left) else { continue };
        text.push('\n');
        text += &drop_in;
        rights = rights.and(&its_rights);
    }
    Some(GatewayUnit { path: path.display().to_string(), text, rights, of_root: false })
}

fn read(file: &Path, readers: &Readers, most: u64) -> Option<(String, Rights)> {
    let mut text = String::new();
    let (file, meta) = readers.open(file).ok().filter(|(_, meta)| meta.is_file())?;
    let rights = Rights::of_file(&file, &meta);
    file.take(most).read_to_string(&mut text).ok()?;
    Some((text, rights))
}

/// A unit file or drop-in, in which a backslash goes on with the line (`systemd.syntax(7)`).
fn read_unit_within(file: &Path, readers: &Readers, most: u64) -> Option<(String, Rights)> {
    let (text, rights) = read(file, readers, most)?;
    Some((text.replace("\\\n", " "), rights))
}

fn drop_ins(unit: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(unit.with_extension("service.d")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.take(100).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "conf"));
    files.sort();
    files
}

/// Files count more than lines (`systemd.exec(5)`); an empty line takes back what came before.
fn variables(unit: &GatewayUnit, home: &Path, readers: &Readers, user: Option<u32>) -> Variables {
    let (mut lines, mut files) = (Variables::new(), Vec::new());
    let origin = Origin::new(unit.path.clone(), unit.rights.clone().or_user(user));
    for line in unit.text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("Environment=") {
            if words.is_empty() {
                lines.clear();
            }
            let words = unit_text::split_words(words).unwrap_or_default();
            for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                lines.insert(name.to_string(), Value::new(value, &origin));
            }
        } else if let Some(file) = line.strip_prefix("EnvironmentFile=") {
            match file.trim().trim_start_matches('-') {
                "" => files.clear(),
                file => files.push(PathBuf::from(file.replace("%h", &home.display().to_string()))),
            }
        }
    }
    let mut left = LARGEST;
    for file in files.iter().take(20) {
        let Some((text, rights)) = read(file, readers, left) else { continue };
        left = left.saturating_sub(text.len() as u64);
        let origin = Origin::new(file.display().to_string(), rights.or_user(user));
        let set = unit_text::environment_file(&text);
        lines.extend(set.into_iter().map(|(name, value)| (name, Value::new(value, &origin))));
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
        std::fs::write(home.path().join("x.env"), "B=file # kept\nC=3\n")?;
        let text = "[Service]\nEnvironment=LOST=1\nEnvironment=\nEnvironment=\"A=one two\" B=line\n\
                    Environment=\"D=4\n\
                    EnvironmentFile=-%h/x.env\nEnvironmentFile=-/nowhere\n";
        let rights = Rights::everybody();
        let unit = GatewayUnit { path: "x.service".into(), text: text.into(), rights, of_root: false };
        let variables = variables(&unit, home.path(), &Readers::default(), None);
        let value = |name: &str| variables.get(name).map(|value| value.expose_secret().to_string());
        assert_eq!(value("A").as_deref(), Some("one two"));
        assert_eq!((value("B").as_deref(), value("C").as_deref()), (Some("file # kept"), Some("3")));
        assert_eq!((value("LOST"), value("D")), (None, None));
        Ok(())
    }

    #[test]
    fn all_files_of_a_unit_together_have_one_limit() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        let unit = home.path().join("x.service");
        std::fs::create_dir(home.path().join("x.service.d"))?;
        std::fs::write(&unit, "[Service]\n")?;
        for number in 0..20 {
            // It has no blocks on the disk, and 100 MB to whoever reads it.
            let file = std::fs::File::create(home.path().join(format!("x.service.d/{number}.conf")))?;
            file.set_len(100 << 20)?;
        }
        let unit = unit_at(&unit, &Readers::default());
        assert!(unit.is_some_and(|unit| unit.text.len() < 21 + LARGEST as usize));
        Ok(())
    }
}
