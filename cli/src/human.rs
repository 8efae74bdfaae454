//! Quantities as people read them.

use std::time::Duration;

/// `0`, `512 B`, `1.5 KiB`, `64.0 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    scaled(bytes as f64, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"])
}

/// `0`, `999`, `12.3k`, `4.5M`, `6.7G`, `8.9T`.
pub(crate) fn count(n: u64) -> String {
    scaled(n as f64, 1000.0, &["", "k", "M", "G", "T", "P", "E"])
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // What would be rounded up to a whole step is one.
    while value >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let name = units.get(unit).unwrap_or(&"");
    if unit == 0 { format!("{value:.0}{name}") } else { format!("{value:.1}{name}") }
}

/// `0`, `15 us`, `3.4 ms`, `12.3 s`, `5 min 02 s`, `3 h 07 min`, `4 d 05 h`.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.is_zero() => "0".to_owned(),
        0 if time < Duration::from_millis(1) => format!("{} us", time.as_micros()),
        0 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        assert_eq!(
            [0, 1, 1023, 1024, 1536, 64 << 20].map(bytes),
            ["0", "1 B", "1023 B", "1.0 KiB", "1.5 KiB", "64.0 MiB"]
        );
        assert_eq!(
            [0, 999, 1000, 12_345, 999_960, u64::MAX].map(count),
            ["0", "999", "1.0k", "12.3k", "1.0M", "18.4E"]
        );
        let times = [0, 15_000, 3_400_000, 12_340_000_000, 302_000_000_000, 11_220_000_000_000, 363_600_000_000_000];
        let texts = ["0", "15 us", "3.4 ms", "12.3 s", "5 min 02 s", "3 h 07 min", "4 d 05 h"];
        assert_eq!(times.map(|ns| time(Duration::from_nanos(ns))), texts);
    }
}
