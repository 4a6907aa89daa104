//! Writes TensorFlow V2 checkpoints: sharded, compressed, or wrong in ways that TensorFlow never is.

use std::fs;
use std::path::PathBuf;

use ponderscope::network::NetworkSpec;
use ponderscope::weights;
use prost::Message;
use tempfile::TempDir;

pub const FLOAT: i32 = 1;
pub const DOUBLE: i32 = 2;
pub const UINT8: i32 = 4;
pub const INT64: i32 = 9;
pub const BFLOAT16: i32 = 14;
pub const HALF: i32 = 19;

#[derive(Clone, PartialEq, Message)]
pub struct Header {
    #[prost(int32, tag = "1")]
    pub num_shards: i32,
    #[prost(int32, tag = "2")]
    pub endianness: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
    #[prost(int32, tag = "3")]
    pub shard_id: i32,
    #[prost(int64, tag = "4")]
    pub offset: i64,
    #[prost(int64, tag = "5")]
    pub size: i64,
    #[prost(fixed32, tag = "6")]
    pub crc32c: u32,
    #[prost(message, repeated, tag = "7")]
    pub slices: Vec<Slice>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dim {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Slice {}

/// A variable to write.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub name: String,
    pub dtype: i32,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

impl Tensor {
    pub fn floats(name: &str, shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { name: name.to_owned(), dtype: FLOAT, shape: shape.to_vec(), bytes }
    }
}

/// Every variable of a network, each filled with a number of its own.
pub fn network(spec: &NetworkSpec) -> Vec<Tensor> {
    let variables = weights::expected(spec).into_iter().enumerate();
    let tensor = |(index, (name, shape)): (usize, (String, Vec<usize>))| {
        Tensor::floats(&name, &shape, &vec![index as f32 / 8.0; shape.iter().product()])
    };
    variables.map(tensor).collect()
}

/// How a checkpoint is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub shards: usize,
    pub snappy: bool,
    /// Entries from one restart point to the next.
    pub restart_interval: usize,
    /// A block is closed once it is this large.
    pub block_bytes: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { shards: 1, snappy: false, restart_interval: 16, block_bytes: 1 << 18 }
    }
}

/// A checkpoint in a temporary folder of its own.
pub struct Checkpoint {
    pub folder: TempDir,
    pub prefix: PathBuf,
}

impl Checkpoint {
    pub fn new(tensors: &[Tensor], layout: Layout) -> Self {
        let (header, entries, shards) = lay_out(tensors, layout.shards);
        let checkpoint = Self::of_index(&index(&header, &entries, layout));
        for (shard, bytes) in shards.iter().enumerate() {
            fs::write(checkpoint.file(&format!(".data-{shard:05}-of-{:05}", layout.shards)), bytes).unwrap();
        }
        checkpoint
    }

    /// A checkpoint of nothing but an index.
    pub fn of_index(index: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("model.ckpt-7");
        fs::write(folder.path().join("model.ckpt-7.index"), index).unwrap();
        Self { folder, prefix }
    }

    pub fn file(&self, suffix: &str) -> PathBuf {
        let name = format!("{}{suffix}", self.prefix.file_name().unwrap().to_str().unwrap());
        self.prefix.with_file_name(name)
    }
}

/// Header, entries and shards; variables take turns among the shards.
pub fn lay_out(tensors: &[Tensor], shards: usize) -> (Header, Vec<(String, Entry)>, Vec<Vec<u8>>) {
    let mut data = vec![Vec::new(); shards];
    let entries = tensors.iter().enumerate().map(|(index, tensor)| {
        let shard = index % shards;
        let entry = Entry {
            dtype: tensor.dtype,
            shape: Some(Shape { dim: tensor.shape.iter().map(|&size| Dim { size: size as i64 }).collect() }),
            shard_id: shard as i32,
            offset: data[shard].len() as i64,
            size: tensor.bytes.len() as i64,
            crc32c: masked(crc32c::crc32c(&tensor.bytes)),
            slices: vec![],
        };
        data[shard].extend_from_slice(&tensor.bytes);
        (tensor.name.clone(), entry)
    });
    let entries = entries.collect();
    (Header { num_shards: shards as i32, endianness: 0 }, entries, data)
}

/// The `.index` file of these entries.
pub fn index(header: &Header, entries: &[(String, Entry)], layout: Layout) -> Vec<u8> {
    let mut rows = vec![(vec![], header.encode_to_vec())];
    rows.extend(entries.iter().map(|(name, entry)| (name.clone().into_bytes(), entry.encode_to_vec())));
    rows.sort();
    table(&rows, layout)
}

pub type Row = (Vec<u8>, Vec<u8>);

/// A table of these rows, which are in order.
pub fn table(rows: &[Row], layout: Layout) -> Vec<u8> {
    let mut file = Vec::new();
    let mut handles = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let mut size = 0;
        let fits = rest.iter().take_while(|(key, value)| {
            let before = size;
            size += key.len() + value.len();
            before < layout.block_bytes
        });
        let (block_rows, after) = rest.split_at(fits.count());
        let handle = put_block(&mut file, &block(block_rows, layout.restart_interval), layout.snappy);
        handles.push((block_rows.last().unwrap().0.clone(), handle));
        rest = after;
    }
    finish(file, &handles, layout)
}

/// Adds the metaindex, the index of `handles` and the footer.
pub fn finish(mut file: Vec<u8>, handles: &[Row], layout: Layout) -> Vec<u8> {
    let metaindex = put_block(&mut file, &block(&[], 1), layout.snappy);
    let index = put_block(&mut file, &block(handles, 1), layout.snappy);
    file.extend(footer(&metaindex, &index));
    file
}

pub fn footer(metaindex: &[u8], index: &[u8]) -> Vec<u8> {
    let mut footer = [metaindex, index].concat();
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    footer
}

/// Appends a block with its trailer and returns its handle.
pub fn put_block(file: &mut Vec<u8>, contents: &[u8], snappy: bool) -> Vec<u8> {
    let stored =
        if snappy { snap::raw::Encoder::new().compress_vec(contents).unwrap() } else { contents.to_vec() };
    put_stored(file, &stored, snappy.into())
}

/// Appends a block as it is stored, said to be compressed by `kind`.
pub fn put_stored(file: &mut Vec<u8>, stored: &[u8], kind: u8) -> Vec<u8> {
    let handle = [varint(file.len() as u64), varint(stored.len() as u64)].concat();
    let start = file.len();
    file.extend_from_slice(stored);
    file.push(kind);
    let checksum = masked(crc32c::crc32c(&file[start..]));
    file.extend(checksum.to_le_bytes());
    handle
}

fn block(rows: &[Row], restart_interval: usize) -> Vec<u8> {
    let mut block = Vec::new();
    let mut restarts: Vec<u32> = vec![];
    let mut previous: &[u8] = &[];
    for (index, (key, value)) in rows.iter().enumerate() {
        let mut shared = key.iter().zip(previous).take_while(|(a, b)| a == b).count();
        if index % restart_interval == 0 {
            restarts.push(block.len() as u32);
            shared = 0;
        }
        block.extend(varint(shared as u64));
        block.extend(varint((key.len() - shared) as u64));
        block.extend(varint(value.len() as u64));
        block.extend_from_slice(&key[shared..]);
        block.extend_from_slice(value);
        previous = key;
    }
    block.extend(restarts.iter().flat_map(|restart| restart.to_le_bytes()));
    block.extend((restarts.len() as u32).to_le_bytes());
    block
}

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

pub fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}
