//! Inputs made of seeds: the same ones in every run.

use fastrand::Rng;

/// What texts, JSON and HTML stumble over.
const NASTY: [&[u8]; 16] = [
    b"\0",
    b"\n",
    b"\"",
    b"\\",
    b"<b>",
    b"&",
    b"@",
    b"0",
    b"9",
    b"-1",
    b"null",
    b"9223372036854775808",
    "ё".as_bytes(),
    "\u{202e}".as_bytes(),
    "👍".as_bytes(),
    b"\xff",
];

/// Makes one input after the other.
pub struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    longest: usize,
    chance: Rng,
}

impl<'a> Mutator<'a> {
    /// From these seeds, of at most so many bytes.
    pub fn new(seeds: &'a [Vec<u8>], longest: usize) -> Self {
        assert!(!seeds.is_empty());
        Self { seeds, longest, chance: Rng::with_seed(1) }
    }

    /// A seed with one to six changes, and now and then bytes of no seed at all.
    pub fn next(&mut self) -> Vec<u8> {
        let mut input = if self.chance.u8(..8) == 0 {
            let length = self.chance.usize(..=self.longest);
            (0..length).map(|_| self.chance.u8(..)).collect()
        } else {
            self.seed().to_vec()
        };
        for _ in 0..self.chance.usize(1..=6) {
            self.change(&mut input);
        }
        input.truncate(self.longest);
        input
    }

    fn seed(&mut self) -> &'a [u8] {
        &self.seeds[self.chance.usize(..self.seeds.len())]
    }

    /// Bytes are changed, or some are taken out, or others are put in.
    fn change(&mut self, input: &mut Vec<u8>) {
        let (start, end) = self.part(input.len(), 8);
        let kind = self.chance.u8(..7);
        match kind {
            0 => input[start..end].iter_mut().for_each(|byte| *byte ^= 1 << self.chance.u8(..8)),
            1 => input[start..end].iter_mut().for_each(|byte| *byte = self.chance.u8(..)),
            2 => drop(input.drain(start..end)),
            3 => drop(input.splice(start..end, NASTY[self.chance.usize(..NASTY.len())].to_vec())),
            4 => {
                drop(input.splice(start..start, input[start..end].repeat(self.chance.usize(1..40))))
            }
            5 => {
                let other = self.seed();
                let (from, to) = self.part(other.len(), 64);
                input.splice(start..start, other[from..to].to_vec());
            }
            _ => input.truncate(end),
        }
    }

    /// A part of so many bytes at most, anywhere; it may be empty.
    fn part(&mut self, length: usize, most: usize) -> (usize, usize) {
        let start = self.chance.usize(..=length);
        (start, self.chance.usize(start..=length.min(start + most)))
    }
}
