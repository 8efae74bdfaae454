//! Which ops run, and which follow each other: what to fuse next.
//!
//! ```text
//! cargo bench -p testsuite --features profile --bench profile -- [FILTER…] [--top N] [--hot PERCENT]
//! ```
//!
//! Each program runs its test input in the `match` mode, which counts every op. A share is percent of the
//! program's ops, averaged over the programs, so that each weighs the same. Pairs are ops of one block that
//! stand next to each other; those that the op table could still join (`PAIRS` in `kengine/src/isa.rs`) are
//! marked: both have one word, and the first goes on with the second. `--hot` lists the code of each program instead,
//! ops below that share left out.

mod common;

use clap::Parser;
use common::{Instance, Result, cervus::Cervus, programs::Program};
use kengine::{
    Mode,
    image::{Image, SectionKind},
    isa::{Effects, Kind},
    op::{OP_COUNT, Op, Words},
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
    let (mut ops, mut pairs) = (HashMap::<Op, f64>::new(), HashMap::<(Op, Op), f64>::new());
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
        for (first, second) in code.iter().zip(code.iter().skip(1)).filter(|(_, second)| !second.leader) {
            let both = share(first.count.min(second.count)) / programs.len() as f64;
            *pairs.entry((first.op, second.op)).or_default() += both;
        }
    }
    if args.hot.is_none() {
        println!("\n{} of {OP_COUNT} rows used; share of ops", ops.values().filter(|share| **share > 0.0).count());
        table(ops.into_iter().map(|(op, share)| (share, op.row().name.to_string())), args.top);
        println!("\npairs; * could be one op");
        let name = |(first, second): (Op, Op)| {
            let mark = if can_join(first, second) { '*' } else { ' ' };
            format!("{mark} {} {}", first.row().name, second.row().name)
        };
        table(pairs.into_iter().map(|(pair, share)| (share, name(pair))), args.top);
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

/// Whether the op table could have a row for the two.
fn can_join(first: Op, second: Op) -> bool {
    let (first, second) = (first.row(), second.row());
    let leaves = Effects::CALL | Effects::RET | Effects::SLOW | Effects::ACC_CLOBBER;
    let alone = |kind| matches!(kind, Kind::Count | Kind::Window(_) | Kind::Fuel | Kind::BrTable);
    let jumps = |kind| matches!(kind, Kind::Leader16 | Kind::Leader32);
    first.words == 1
        && second.words == 1
        && !first.effects.intersects(leaves | Effects::TERMINATOR | Effects::PAY)
        && !second.effects.intersects(leaves)
        && !first.fields.iter().any(|f| alone(f.kind) || jumps(f.kind))
        && !second.fields.iter().any(|f| alone(f.kind))
}

fn table(rows: impl Iterator<Item = (f64, String)>, top: usize) {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (share, name) in rows.iter().take(top) {
        println!("{share:6.2} %  {name}");
    }
}
