//! SIMD: operations on many bytes at a time. Comes in: bytes. Goes out: bit masks, positions and numbers. The backend is chosen at run
//! time by the instructions of the processor. It knows neither files nor amounts.

mod backends;

#[cfg(test)]
pub(crate) use backends::dispatch_all;
pub(crate) use backends::{
    CHUNK, Kernel, PaddedCell, Portable, Simd, dispatch_cells, dispatch_scan, low_bytes_mask,
};
