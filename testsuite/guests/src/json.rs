//! The crates `serde` and `serde_json`: text to typed records and to a tree, changed, and back to text.

use crate::{fold, fold_bytes, rng::Rng};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    active: bool,
    score: f64,
    tags: Vec<String>,
    parent: Option<u64>,
}

/// Writes, parses twice and writes again `n` documents of 100 records.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(13);
    (0..n.max(0)).fold(0, |sum, _| document(sum, &mut rng))
}

fn document(mut sum: i64, rng: &mut Rng) -> i64 {
    let mut word = |len| String::from_utf8(rng.prose(len)).expect("words are ASCII");
    let records: Vec<Record> = (0..100)
        .map(|id| Record {
            id: id * 0x1_0000_0001,
            name: word(12 + id as usize % 9),
            active: id % 3 == 0,
            score: id as f64 / 7.0 - 3.5,
            tags: (0..id as usize % 4).map(|len| word(len + 3)).collect(),
            parent: (id % 5 != 0).then_some(id / 5),
        })
        .collect();
    let text = serde_json::to_string(&records).expect("records have no odd keys");

    let typed: Vec<Record> = serde_json::from_str(&text).expect("own output is JSON");
    sum = fold_bytes(sum, text.as_bytes());
    for record in &typed {
        sum = fold(sum, record.score.to_bits() as i64 ^ record.tags.len() as i64);
    }

    let mut tree: Value = serde_json::from_str(&text).expect("own output is JSON");
    for record in tree.as_array_mut().into_iter().flatten() {
        record["name"] = Value::from(record["name"].as_str().map_or(0, str::len));
        record["note"] = Value::from("\u{e9}\"\\\n");
    }
    fold_bytes(sum, serde_json::to_string_pretty(&tree).expect("a tree is always JSON").as_bytes())
}
