//! Decompresses a gzip file and does nothing with it: what is left for attain to hide. Comes in: a path. Goes out: the number of
//! bytes. `peers/run.py` measures it.
#![allow(clippy::print_stdout, reason = "a program of its own")]

use std::fs::File;
use std::io::{self, BufReader, Read};

fn main() -> io::Result<()> {
    // Without a path it is being tested, not asked.
    let Some(path) = std::env::args().nth(1).filter(|path| !path.starts_with("--")) else { return Ok(()) };
    let mut text = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 18, File::open(path)?));
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        match text.read(&mut buffer)? {
            0 => break,
            count => bytes += count,
        }
    }
    println!("{bytes}");
    Ok(())
}
