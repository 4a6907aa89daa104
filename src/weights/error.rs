//! What can be wrong with weights, said in one sentence that names the file and, where there is one, the remedy.

use std::io;

/// Why weights cannot be used; every message names the file and says the reason, so none has a `source` to be said again.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("{path}: there is no such file or folder, nor a checkpoint of that name ({path}.index)")]
    NotFound { path: String },
    #[error(
        "{file} is {found}, not a model: give a safetensors file, a TensorFlow V2 checkpoint (its prefix, .index file \
         or folder) or a .tar.gz of one"
    )]
    NotAModel { file: String, found: String },
    #[error("{folder} {problem}")]
    Folder { folder: String, problem: String },
    #[error("cannot read {file}: {reason}")]
    Read { file: String, reason: io::Error },
    #[error("cannot write {file}: {reason}")]
    Write { file: String, reason: io::Error },
    #[error("{file} exists already and was left as it is")]
    Exists { file: String },
    #[error("{file} is damaged: {problem}; copy or download it again")]
    Damaged { file: String, problem: String },
    #[error(
        "{file} is missing: the checkpoint is spread over {shards} data files, copy all of them beside its .index"
    )]
    MissingShard { file: String, shards: u32 },
    #[error("{file}: {what} is not supported: {remedy}")]
    Unsupported { file: String, what: String, remedy: &'static str },
    #[error("{file} holds no network of a known family: {problem}")]
    NotANetwork { file: String, problem: String },
    #[error(
        "{file}: variable {variable} is missing (expected shape {expected:?}); the file is incomplete or belongs to \
         another network"
    )]
    Missing { file: String, variable: String, expected: Vec<usize> },
    #[error("{file}: variable {variable} has shape {found:?}, expected {expected:?}")]
    Shape { file: String, variable: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("{file}: variable {variable} holds {value}, more than half precision has: leave --half out")]
    TooLargeForHalf { file: String, variable: String, value: f32 },
    #[error(
        "{file}: variable {variable} holds {value} at index {index}, expected finite numbers; its training diverged or \
         the file is damaged"
    )]
    NotFinite { file: String, variable: String, index: usize, value: f32 },
}
