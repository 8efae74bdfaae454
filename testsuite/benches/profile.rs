//! Which ops run, and which follow each other: what to fuse next.
//!
//! ```text
//! cargo bench -p testsuite --features profile --bench profile -- [FILTER…] [--top N] [--hot PERCENT]
//! ```
//!
//! Each program runs its test input in the `match` mode, which counts every op. A share is percent of the
//! program's ops, averaged over the programs, so that each weighs the same. For the second table, ops that do the work
//! of several (`CHAINS` in `kengine/src/isa.rs`) are taken apart again: it shows what follows what in a block, up to
//! four ops, by the dispatches that one op for all of them would save if it were the only one; those that the op table
//! has are marked. `--hot` lists the code of each program instead, ops below that share left out.

mod common;

use clap::Parser;
use common::{Instance, Result, cervus::Cervus, programs::Program};
use kengine::{
    Mode,
    image::{Image, SectionKind},
    isa::{Effects, Kind},
    op::{Chain, OP_COUNT, Op, Words},
    profile, text,
};
use std::collections::{HashMap, HashSet};

/// Command line.
#[derive(Parser)]
struct Args {
    /// Only programs whose name contains one of these.
    filter: Vec<String>,
    /// Lines of each table.
    #[arg(long, default_value_t = 60)]
    top: usize,
    /// Print the code of each program, ops from this share of all on.
    #[arg(long)]
    hot: Option<f64>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// An op of a program and how often it ran.
struct Counted {
    op: Op,
    text: String,
    count: u64,
    leader: bool,
    /// First op of its function.
    first: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let programs = Program::list(&args.filter)?;
    let (mut ops, mut chains) = (HashMap::<Op, f64>::new(), HashMap::<Vec<Op>, f64>::new());
    for program in &programs {
        let code = run(program).map_err(|e| format!("{}: {e}", program.name))?;
        let total: u64 = code.iter().map(|op| op.count).sum();
        // CAST: counts are far below 2^53.
        let share = |count: u64| 100.0 * count as f64 / total as f64;
        println!("{:<14} {total} ops", program.name);
        if let Some(least) = args.hot {
            hot(&code, |op| share(op.count) >= least, |op| share(op.count));
        }
        for op in &code {
            *ops.entry(op.op).or_default() += share(op.count) / programs.len() as f64;
        }
        for block in blocks(&code) {
            for len in 2..=LONGEST {
                for run in block.windows(len).filter(|run| can_join(run)) {
                    // The last op is reached by as many as the first: all but the last go on with the next.
                    let saved = share(run[0].1) * (len - 1) as f64 / programs.len() as f64;
                    *chains.entry(run.iter().map(|(op, _)| *op).collect()).or_default() += saved;
                }
            }
        }
    }
    if args.hot.is_none() {
        println!("\n{} of {OP_COUNT} rows used; share of ops", ops.values().filter(|share| **share > 0.0).count());
        table(ops.into_iter().map(|(op, share)| (share, op.row().name.to_string())), args.top);
        println!("\ndispatches that one op would save; * there is one");
        table(chains.into_iter().map(|(ops, share)| (share, name(&ops))), args.top);
    }
    Ok(())
}

/// Runs the program's test and returns its code with counts.
fn run(program: &Program) -> Result<Vec<Counted>> {
    let bytes = lower::lower(&program.wasm()?, &mut lower::Options::default())?;
    let mut engine = Cervus::from_image(bytes.clone(), Mode::Match)?;
    profile::start(engine.program());
    if engine.run(program.test_n)? != program.expect {
        return Err("a wrong result".into());
    }
    let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
    let words = image.section(SectionKind::Code).as_chunks::<8>().0;
    let word = |at: u32| words.get(at as usize).map_or(0, |word| u64::from_le_bytes(*word));
    let mut code = Vec::new();
    for func in image.funcs().iter() {
        let leaders = (0..func.leader_len).filter_map(|i| image.leaders().get(func.leader + i));
        let leaders: HashSet<u32> = leaders.map(|leader| func.code + leader.pc).collect();
        let mut at = func.code;
        while at < func.code + func.code_len {
            let words = Words { first: word(at), ext: word(at + 1) };
            let op = Op::from_u16(words.code()).ok_or("no opcode")?;
            let (count, leader, first) = (profile::count(at), leaders.contains(&at), at == func.code);
            code.push(Counted { op, text: text::op(words), count, leader: leader || first, first });
            at += u32::from(op.row().words);
        }
    }
    Ok(code)
}

fn hot(code: &[Counted], shown: impl Fn(&Counted) -> bool, share: impl Fn(&Counted) -> f64) {
    let mut gap = true;
    for op in code {
        if op.first {
            gap = true;
        }
        if !shown(op) {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            println!("   …");
        }
        println!("{} {:6.2} %  {}", if op.leader { '@' } else { ' ' }, share(op), op.text);
    }
}

/// Ops that the second table looks at together.
const LONGEST: usize = 4;

/// The ops of each block that ran, each with how often; chains taken apart.
fn blocks(code: &[Counted]) -> Vec<Vec<(Op, u64)>> {
    let mut blocks: Vec<Vec<(Op, u64)>> = Vec::new();
    for op in code.iter() {
        if op.leader || blocks.is_empty() {
            blocks.push(Vec::new());
        }
        let parts = op.op.parts().map_or(vec![op.op], |parts| parts.ops.to_vec());
        if let Some(block) = blocks.last_mut().filter(|_| op.count > 0) {
            block.extend(parts.into_iter().map(|part| (part, op.count)));
        }
    }
    blocks
}

/// Whether the op table could have a row for these, as far as can be told without placing their fields.
fn can_join(ops: &[(Op, u64)]) -> bool {
    let leaves = Effects::CALL | Effects::RET | Effects::SLOW | Effects::ACC_CLOBBER;
    let alone = |kind| matches!(kind, Kind::Count | Kind::Window(_) | Kind::Fuel);
    let jumps = |kind| matches!(kind, Kind::Leader16 | Kind::Leader32 | Kind::BrTable);
    let rows = || ops.iter().map(|(op, _)| op.row());
    let places: usize = rows().flat_map(|row| row.fields).map(|f| if f.kind.is_wide() { 2 } else { 1 }).sum();
    let traps = rows().filter(|row| row.effects.contains(Effects::TRAPS)).count();
    let goes_on = |(op, _): &(Op, u64)| {
        let row = op.row();
        !row.effects.intersects(Effects::TERMINATOR | Effects::PAY) && !row.fields.iter().any(|f| jumps(f.kind))
    };
    places <= 6
        && traps <= 2
        && ops[..ops.len() - 1].iter().all(goes_on)
        && rows()
            .all(|row| row.words == 1 && !row.effects.intersects(leaves) && !row.fields.iter().any(|f| alone(f.kind)))
}

/// The ops' names, after a mark if the op table has one for all of them.
fn name(ops: &[Op]) -> String {
    let mut chain = ops[0].chain();
    for op in &ops[1..] {
        chain = chain.and_then(|chain| chain.then(*op));
    }
    let mark = if chain.and_then(Chain::op).is_some() { '*' } else { ' ' };
    let names: Vec<&str> = ops.iter().map(|op| op.row().name).collect();
    format!("{mark} {}", names.join(" "))
}

fn table(rows: impl Iterator<Item = (f64, String)>, top: usize) {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (share, name) in rows.iter().take(top) {
        println!("{share:6.2} %  {name}");
    }
}
