//! What the image of a program costs in bytes and fuel.

use super::{Result, cervus::Cervus, charges, programs::Program, report::Row, stats::geomean};
use kengine::{
    Mode,
    image::{Image, SectionKind},
};
use serde::Serialize;

/// Sizes of a program on its way, and fuel.
#[derive(Serialize)]
pub(crate) struct Sizes {
    wasm_bytes: usize,
    wasm_code_bytes: usize,
    image_bytes: usize,
    ir_bytes: usize,
    evidence_bytes: usize,
    linked_bytes: usize,
    /// Fuel of a run.
    charged: u64,
    /// Cost of the ops executed. Missing if not asked for, or where the rewritten image would need far branches.
    executed: Option<u64>,
}

impl Sizes {
    /// Lowers and links `program` and runs it with `n`; with `executed` also counts what it costs.
    ///
    /// # Errors
    /// A stage refuses the module.
    pub(crate) fn of(program: &Program, n: i32, executed: bool) -> Result<Self> {
        let wasm = program.wasm()?;
        let bytes = lower::lower(&wasm, &mut lower::Options::default())?;
        let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
        let section = |kind| image.section(kind).len();
        let mut cervus = Cervus::from_image(bytes.clone(), Mode::default())?;
        Ok(Sizes {
            wasm_bytes: wasm.len(),
            wasm_code_bytes: testsuite::modules::code_section(&wasm)?.0,
            image_bytes: bytes.len(),
            ir_bytes: section(SectionKind::Code),
            evidence_bytes: section(SectionKind::Leader) + section(SectionKind::SigDepth),
            linked_bytes: cervus.linked_bytes(),
            charged: charges::charged(&mut cervus, n)?,
            executed: if executed { charges::executed(&bytes, n).ok() } else { None },
        })
    }

    /// Fuel by executed cost.
    fn over(&self) -> Option<f64> {
        // CAST: both are far below 2^53.
        Some(self.charged as f64 / self.executed? as f64)
    }
}

/// Prints them for all programs; `ours` is the engine whose time goes by the cost.
pub(crate) fn print(rows: &[Row], ours: &str) {
    println!(
        "\n{:<14} {:>10} {:>8} {:>11} {:>11} {:>14} {:>8} {:>16}",
        "program",
        "image/wasm",
        "ir/code",
        "linked/code",
        "evidence/ir",
        "executed cost",
        "ns/cost",
        "charged/executed"
    );
    let columns: [fn(&Sizes) -> f64; 4] = [
        |s| s.image_bytes as f64 / s.wasm_bytes as f64,
        |s| s.ir_bytes as f64 / s.wasm_code_bytes as f64,
        |s| s.linked_bytes as f64 / s.wasm_code_bytes as f64,
        |s| s.evidence_bytes as f64 / s.ir_bytes as f64,
    ];
    let line = |name: &str, column: &dyn Fn(fn(&Sizes) -> f64) -> f64, cost: [String; 3]| {
        let [image, ir, linked, evidence] = columns.map(column);
        let [executed, ns, over] = cost;
        println!(
            "{name:<14} {image:>10.2} {ir:>8.2} {linked:>11.2} {evidence:>11.3} {executed:>14} {ns:>8} {over:>16}"
        );
    };
    for row in rows {
        let ms = row.times.get(ours).map_or(f64::NAN, |times| times.min_ms);
        let cost = match (row.sizes.executed, row.sizes.over()) {
            (Some(executed), Some(over)) => {
                [executed.to_string(), format!("{:.2}", ms * 1e6 / executed as f64), format!("{over:.3}")]
            }
            _ => ["-"; 3].map(String::from),
        };
        line(&row.name, &|column| column(&row.sizes), cost);
    }
    let over = geomean(rows.iter().filter_map(|row| row.sizes.over()));
    let means = |column: fn(&Sizes) -> f64| geomean(rows.iter().map(|row| column(&row.sizes)));
    line("geomean", &means, [String::new(), String::new(), format!("{over:.3}")]);
}
