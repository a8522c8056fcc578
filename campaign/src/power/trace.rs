//! Reads what strace wrote down of a process: its system calls with all their data, and the order
//! in which they began and ended. What they mean is decided elsewhere.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// What is asked of strace: whole data, as hexadecimal digits, and what each descriptor is.
pub const OPTIONS: [&str; 6] = ["-f", "-y", "-xx", "-s", "32000000", "-e"];

/// The system calls that change files, and those that talk to the far ends.
pub const CALLS: &str = "trace=openat,write,writev,pwrite64,pwritev,ftruncate,fallocate,fsync,\
                         fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,\
                         unlinkat,mkdir,connect,sendto,sendmsg,recvfrom";

/// One system call.
#[derive(Debug)]
pub struct Call {
    /// Its place among everything that was seen: where it began,
    pub began: usize,
    /// and where it ended.
    pub ended: usize,
    /// Its name.
    pub name: String,
    /// Its arguments, as strace writes them.
    pub arguments: Vec<String>,
    /// What it returned; negative: it failed. `None`: the process did not survive it, and nobody
    /// knows how far it came.
    pub returned: Option<i64>,
}

impl Call {
    /// An argument.
    pub fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }

    /// The number in an argument.
    pub fn number(&self, place: usize) -> u64 {
        let text = self.argument(place);
        let digits = text.split_once('<').map_or(text, |(before, _)| before);
        digits.parse().unwrap_or(0)
    }

    /// What the descriptor in an argument stands for: a path, or `socket:[…]`.
    pub fn target(&self, place: usize) -> PathBuf {
        let name = self.argument(place).split_once('<').map_or("", |(_, name)| name);
        let name = name.rsplit_once('>').map_or(name, |(name, _)| name);
        PathBuf::from(String::from_utf8_lossy(&plain(name)).into_owned())
    }

    /// The path in an argument.
    pub fn path(&self, place: usize) -> PathBuf {
        PathBuf::from(String::from_utf8_lossy(&self.bytes(place)).into_owned())
    }

    /// The data in an argument; of several pieces, all together.
    pub fn bytes(&self, place: usize) -> Vec<u8> {
        self.argument(place).split('"').skip(1).step_by(2).flat_map(plain).collect()
    }
}

/// Reads a log; the first call gets the place after `place`. The calls come in the order in which
/// they ended.
pub fn read(log: &Path, mut place: usize) -> anyhow::Result<Vec<Call>> {
    let mut begun: HashMap<String, (usize, String)> = HashMap::new();
    let mut calls = Vec::new();
    for line in BufReader::new(File::open(log)?).lines() {
        let line = line?;
        place += 1;
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(head) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process.to_owned(), (place, head.to_owned()));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let tail = resumed.split_once(" resumed>").map_or("", |(_, tail)| tail);
            if let Some((began, head)) = begun.remove(process) {
                calls.push(call(&format!("{head}{tail}"), began, place)?);
            }
        } else if !rest.starts_with("+++") && !rest.starts_with("---") {
            calls.push(call(rest, place, place)?);
        }
    }
    for (began, head) in begun.into_values() {
        calls.push(call(&format!("{head}) = ?"), began, place)?);
    }
    Ok(calls)
}

fn call(line: &str, began: usize, ended: usize) -> anyhow::Result<Call> {
    let parts = || {
        let (call, returned) = line.rsplit_once(" = ")?;
        let (name, arguments) = call.trim_end().strip_suffix(')')?.split_once('(')?;
        Some((name, arguments, returned))
    };
    let (name, arguments, returned) =
        parts().with_context(|| format!("not a line of strace: {line:.200}"))?;
    anyhow::ensure!(!arguments.contains("\"..."), "strace cut the data of {name} short");
    let returned = returned.split([' ', '<']).next().unwrap_or_default();
    Ok(Call {
        began,
        ended,
        name: name.to_owned(),
        arguments: split(arguments),
        returned: returned.parse().ok(),
    })
}

/// At the commas that are neither within brackets nor within data.
fn split(arguments: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let mut found = vec![String::new()];
    for (place, part) in arguments.split('"').enumerate() {
        let Some(last) = found.last_mut().filter(|_| place % 2 == 1) else {
            for letter in part.chars() {
                match letter {
                    '{' | '[' => depth += 1,
                    '}' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                match found.last_mut() {
                    Some(last) if letter != ',' || depth > 0 => last.push(letter),
                    _ => found.push(String::new()),
                }
            }
            continue;
        };
        last.push('"');
        last.push_str(part);
        last.push('"');
    }
    found.iter().map(|argument| argument.trim().to_owned()).collect()
}

/// Without `\x` before every byte; what is plain already stays.
fn plain(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut pieces = text.split("\\x");
    bytes.extend(pieces.next().unwrap_or_default().bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend(rest.bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_overlap_are_put_together_and_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let lines = r#"7 fsync(4</\x61> <unfinished ...>
8 pwrite64(5<\x2f\x62>(deleted), "\x00\x41", 2, 16 <unfinished ...>
7 <... fsync resumed>) = 0
9 connect(9<socket:[12]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr="\x30"}, 16) = -1 EINPROGRESS (Operation now in progress)
8 <... pwrite64 resumed>) = 2
9 writev(9<socket:[12]>, [{iov_base="\x41\x42", iov_len=2}, {iov_base="\x43", iov_len=1}], 2) = 3
9 fsync(4</\x61>) = -1 EIO (Input/output error) (INJECTED)
8 pwrite64(5<\x2f\x62>, "\x01", 1, 0 <unfinished ...>
9 fsync(4</\x61>)                           = ?
7 +++ killed by SIGKILL +++
"#;
        std::fs::write(&log, lines).unwrap();
        let calls = read(&log, 0).unwrap();
        let orders: Vec<_> =
            calls.iter().map(|it| (it.name.as_str(), it.began, it.ended, it.returned)).collect();
        assert_eq!(
            orders,
            [
                ("fsync", 1, 3, Some(0)),
                ("connect", 4, 4, Some(-1)),
                ("pwrite64", 2, 5, Some(2)),
                ("writev", 6, 6, Some(3)),
                ("fsync", 7, 7, Some(-1)),
                ("fsync", 9, 9, None),
                ("pwrite64", 8, 10, None),
            ]
        );
        assert_eq!(calls[0].target(0), Path::new("/a"));
        assert_eq!(calls[1].target(0), Path::new("socket:[12]"));
        assert_eq!((calls[2].target(0), calls[2].bytes(1)), ("/b".into(), vec![0, b'A']));
        assert_eq!((calls[2].number(0), calls[2].number(3)), (5, 16));
        assert_eq!(calls[3].bytes(1), b"ABC");
    }
}
