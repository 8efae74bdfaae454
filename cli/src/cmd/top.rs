//! `cervus top`: what the programs in the kernel are doing, again and again.

use crate::{
    dev::{Device, abi::Info},
    error::Error,
    human, output, programs,
    table::{Align, Table},
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    cmp::Reverse,
    collections::HashMap,
    io::{self, IsTerminal},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

/// Moves to the upper left corner and clears the screen.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";
/// Lines of a terminal that does not say how many it has.
const LINES: u16 = 24;
/// Lines on a terminal that are no programs: summary, headings, what was left out, the cursor's.
const OTHER_LINES: usize = 5;

/// Show what the programs in the kernel are doing, the busiest first
///
/// CPU time is in percent of one processor. On a terminal the table is refreshed in place until Ctrl-C; elsewhere each
/// table follows the last.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus top
  cervus top -n 1 -d 5                    once, over 5 seconds")]
pub(crate) struct Top {
    /// Seconds between two tables, over which rates are measured.
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    delay: Duration,
    /// Tables to print [default: no limit].
    #[arg(short = 'n', long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Print each table as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match seconds {
        0.1..=3600.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("from 0.1 to 3600 seconds".to_owned()),
    }
}

impl Top {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let workers = device.stats().workers;
        let (mut before, mut since) = (device.list()?, Instant::now());
        for _ in 0..self.count.unwrap_or(u64::MAX) {
            thread::sleep(self.delay);
            let (after, now) = (device.list()?, Instant::now());
            let took = now - since;
            let rates = rates(&before, &after, took);
            if self.json {
                output::plain(&format!("{}\n", to_json(&rates, took)))?;
            } else if io::stdout().is_terminal() {
                let room = usize::from(terminal_lines()).saturating_sub(OTHER_LINES).max(1);
                output::plain(&format!("{CLEAR}{}", to_text(&rates, workers, room)))?;
            } else {
                output::plain(&format!("{}\n", to_text(&rates, workers, usize::MAX)))?;
            }
            (before, since) = (after, now);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn terminal_lines() -> u16 {
    rustix::termios::tcgetwinsize(io::stdout()).map_or(LINES, |size| if size.ws_row == 0 { LINES } else { size.ws_row })
}

/// What a program did in an interval.
#[derive(Debug, Clone, PartialEq)]
struct Rate {
    info: Info,
    /// Of one processor.
    cpu_percent: f64,
    slices_per_second: f64,
    fuel_per_second: f64,
}

/// Compares two lists; the busiest program first.
fn rates(before: &[Info], after: &[Info], took: Duration) -> Vec<Rate> {
    let old: HashMap<u32, &Info> = before.iter().map(|info| (info.id, info)).collect();
    let seconds = took.as_secs_f64().max(1e-9);
    let rate = |info: &Info| {
        // A program that was not there has done everything since.
        let old = old.get(&info.id).map_or_else(Info::default, |info| **info);
        let per_second = |new: u64, old: u64| new.saturating_sub(old) as f64 / seconds;
        Rate {
            info: *info,
            cpu_percent: per_second(info.cpu_ns, old.cpu_ns) / 1e7,
            slices_per_second: per_second(info.slices, old.slices),
            fuel_per_second: per_second(info.fuel, old.fuel),
        }
    };
    let mut rates: Vec<Rate> = after.iter().map(rate).collect();
    let busy = |rate: &Rate| rate.info.cpu_ns.saturating_sub(old.get(&rate.info.id).map_or(0, |info| info.cpu_ns));
    rates.sort_by_key(|rate| (Reverse(busy(rate)), rate.info.id));
    rates
}

/// A summary and a table of at most `room` programs.
fn to_text(rates: &[Rate], workers: u32, room: usize) -> String {
    use Align::{Left, Right};
    let running = rates.iter().filter(|rate| programs::is_running(&rate.info)).count();
    let cpu: f64 = rates.iter().fold(0.0, |sum, rate| sum + rate.cpu_percent);
    let mut table = Table::new(&[
        ("id", Right),
        ("name", Left),
        ("state", Left),
        ("cpu %", Right),
        ("slices/s", Right),
        ("fuel/s", Right),
        ("memory", Right),
        ("traps", Right),
    ]);
    for rate in rates.iter().take(room) {
        table.row([
            rate.info.id.to_string(),
            programs::name(&rate.info),
            programs::state(&rate.info),
            format!("{:.1}", rate.cpu_percent),
            format!("{:.0}", rate.slices_per_second),
            human::count(rate.fuel_per_second.round() as u64), // CAST: never negative; what is too large saturates
            human::bytes(rate.info.memory_bytes),
            rate.info.traps.to_string(),
        ]);
    }
    let more = match rates.len().saturating_sub(room) {
        0 => String::new(),
        more => format!("… and {more} more\n"),
    };
    let count = crate::names::count(rates.len(), "program");
    format!("{count}, {running} running, {cpu:.1} % of a processor, {workers} at a time\n\n{}{more}", table.to_text())
}

fn to_json(rates: &[Rate], took: Duration) -> Value {
    let programs: Vec<Value> = rates
        .iter()
        .map(|rate| {
            let mut value = programs::to_json(&rate.info);
            value["cpu_percent"] = json!(rate.cpu_percent);
            value["slices_per_second"] = json!(rate.slices_per_second);
            value["fuel_per_second"] = json!(rate.fuel_per_second);
            value
        })
        .collect();
    json!({ "interval_ns": u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), "programs": programs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::tests::sample;

    #[test]
    fn rates_are_differences_over_time() {
        let idle = Info { id: 1, ..sample() };
        let old = Info { id: 2, ..sample() };
        let busy = Info { cpu_ns: old.cpu_ns + 500_000_000, slices: old.slices + 500, fuel: old.fuel + 1000, ..old };
        let new = Info { id: 9, cpu_ns: 20_000_000, slices: 20, fuel: 10, ..sample() };
        let rates = rates(&[idle, old], &[idle, busy, new], Duration::from_secs(2));
        let seen: Vec<_> =
            rates.iter().map(|r| (r.info.id, r.cpu_percent, r.slices_per_second, r.fuel_per_second)).collect();
        assert_eq!(seen, [(2, 25.0, 250.0, 500.0), (9, 1.0, 10.0, 5.0), (1, 0.0, 0.0, 0.0)]);
        insta::assert_snapshot!(to_text(&rates, 2, 2));
        assert_eq!(to_text(&[], 2, 5).lines().next(), Some("0 programs, 0 running, 0.0 % of a processor, 2 at a time"));
        let json = to_json(&rates, Duration::from_secs(2));
        assert_eq!(
            (&json["interval_ns"], &json["programs"][0]["cpu_percent"]),
            (&json!(2_000_000_000u64), &json!(25.0))
        );
        assert_eq!(json["programs"][2]["id"], 1);
    }

    #[test]
    fn delays() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "x", "nan", "1e9"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
