//! Lines of `journalctl --output=json`, and of the file that a gateway writes itself.

use openclaw_doctor::fuzzing::read_journal;
use openclaw_doctor::text::scrub::scrub;

pub fn run(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
    for log in read_journal(bytes) {
        assert!(log.read <= lines, "{} lines of {lines}", log.read);
        assert!(log.lines.len() <= 400, "{} kinds of lines", log.lines.len());
        let counted: u64 = log.lines.iter().map(|line| u64::from(line.count)).sum();
        assert!(counted <= log.read, "{counted} of {}", log.read);
        for line in &log.lines {
            assert!(line.run < 4 && line.text.chars().count() <= 501, "{line:?}");
            assert_eq!(scrub(&line.text, &mut |_| {}), line.text, "a secret is left");
        }
    }
}
