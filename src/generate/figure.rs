//! Amounts as exports write them. Comes in: random numbers, or an exact amount. Goes out: its text, and the same exactly.
//! Integers only.

use super::random::Random;
use crate::money::{Amount, DECIMALS};

/// Decimals that an amount of an export has at most: so many fit beside its units in the 38 digits that databases keep.
pub(super) const EXPORT_DECIMALS: u32 = 16;

/// The widest figure: sign, 39 digits, point, leading zero.
const WIDTH: usize = 48;

/// A decimal number and the form in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure {
    negative: bool,
    digits: u128,
    decimals: u32,
    form: Form,
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `12.50`, `0.4838709677419368`, `7`
    Plain,
    /// `5.64902E-05`
    Scientific,
}

impl Figure {
    /// `0`
    pub(super) const ZERO: Figure = Figure { negative: false, digits: 0, decimals: 0, form: Form::Plain };

    /// A figure as cost exports of several vintages hold them: mostly small, seldom large, in 2 to 16 decimals, 17
    /// significant digits, with an exponent, whole, or 0; now and then negative.
    pub(super) fn draw(random: &mut Random) -> Figure {
        let plain = |digits: u64, decimals| Figure {
            negative: false,
            digits: u128::from(digits),
            decimals,
            form: Form::Plain,
        };
        let below_units = match random.below(100) {
            0..=54 => 1,
            55..=81 => 20,
            82..=95 => 120,
            _ => 1500,
        };
        let figure = match random.below(100) {
            0..=71 => {
                let decimals = 2 + u32::try_from(random.below(15)).expect("below 15");
                plain(random.below(below_units * 10_u64.pow(decimals)), decimals)
            }
            72..=83 => {
                let whole_digits = u32::try_from(random.below(3)).expect("below 3");
                plain(10_u64.pow(16) + random.below(9 * 10_u64.pow(16)), EXPORT_DECIMALS - whole_digits)
            }
            84..=91 => Figure {
                form: Form::Scientific,
                ..plain(
                    100_000 + random.below(900_000),
                    10 + u32::try_from(random.below(4)).expect("below 4"),
                )
            },
            92..=96 => plain(1 + random.below(below_units), 0),
            _ => Figure::ZERO,
        };
        Figure { negative: figure.digits != 0 && random.chance(25), ..figure }
    }

    /// A small figure above 0: a quantity or a price.
    pub(super) fn draw_quantity(random: &mut Random) -> Figure {
        let bits = random.next();
        let decimals = u32::try_from(bits % 7).expect("below 7");
        Figure { negative: false, digits: u128::from(1 + (bits >> 8) % 744_000), decimals, form: Form::Plain }
    }

    /// Exactly that amount, in plain form with `decimals`, which must suffice.
    pub(super) fn exactly(amount: Amount, decimals: u32) -> Figure {
        let unit = 10_u128.pow(DECIMALS - decimals);
        let size = amount.raw().unsigned_abs();
        debug_assert_eq!(size % unit, 0, "the decimals suffice");
        Figure { negative: amount.raw() < 0, digits: size / unit, decimals, form: Form::Plain }
    }

    /// What it is worth.
    pub(super) fn amount(self) -> Amount {
        let size = self.digits * 10_u128.pow(DECIMALS - self.decimals);
        let size = i128::try_from(size).expect("figures stay far below 10^14");
        Amount::from_raw(if self.negative { -size } else { size })
    }

    /// An eighth more: a retail price beside a cost, so that whoever reads the wrong column is found out.
    pub(super) fn retail(self) -> Figure {
        Figure { digits: self.digits + self.digits / 8, ..self }
    }

    /// An eighth less: a cost after a partner's credit.
    pub(super) fn net(self) -> Figure {
        Figure { digits: self.digits - self.digits / 8, ..self }
    }

    /// Appends its text.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let mut text = [b'0'; WIDTH];
        let mut start = put_digits(&mut text, self.digits);
        if self.negative {
            out.push(b'-');
        }
        match self.form {
            Form::Plain if self.decimals == 0 => out.extend_from_slice(&text[start..]),
            Form::Plain => {
                let point = WIDTH - self.decimals as usize;
                start = start.min(point - 1);
                out.extend_from_slice(&text[start..point]);
                out.push(b'.');
                out.extend_from_slice(&text[point..]);
            }
            Form::Scientific => {
                let after_first = WIDTH - start - 1;
                out.push(text[start]);
                out.push(b'.');
                out.extend_from_slice(&text[start + 1..]);
                out.extend_from_slice(b"E-");
                let exponent = self.decimals as usize - after_first;
                if exponent < 10 {
                    out.push(b'0');
                }
                put_number(out, exponent as u64);
            }
        }
    }
}

/// Appends the decimal digits of `number`.
pub(super) fn put_number(out: &mut Vec<u8>, number: u64) {
    let mut text = [b'0'; WIDTH];
    let start = put_digits(&mut text, u128::from(number));
    out.extend_from_slice(&text[start..]);
}

/// Writes the digits of `number` at the end of `text`, which holds zeros; gives back where they start.
fn put_digits(text: &mut [u8; WIDTH], mut number: u128) -> usize {
    const DIGITS: [u8; 10] = *b"0123456789";
    let mut at = WIDTH;
    while number > u128::from(u64::MAX) {
        at -= 1;
        text[at] = DIGITS[(number % 10) as usize];
        number /= 10;
    }
    let mut number = u64::try_from(number).expect("just compared");
    while number > 0 {
        at -= 1;
        text[at] = DIGITS[(number % 10) as usize];
        number /= 10;
    }
    at.min(WIDTH - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::random::Stream;
    use crate::money::DecimalMark;

    fn text(figure: Figure) -> String {
        let mut out = Vec::new();
        figure.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_drawn_figure_reads_back_as_what_it_is_worth() {
        let mut random = Random::of(7, Stream::Chunk, 0);
        let mut texts = Vec::new();
        for _ in 0..20_000 {
            let figure = Figure::draw(&mut random);
            for figure in [figure, figure.retail(), figure.net()] {
                let read = Amount::parse(text(figure).as_bytes(), DecimalMark::Point).unwrap();
                assert_eq!((read.amount, read.rounded), (figure.amount(), false), "{figure:?}");
            }
            texts.push(text(figure));
        }
        let digits = |t: &str| t.trim_start_matches("0.").bytes().filter(u8::is_ascii_digit).count();
        assert!(texts.iter().any(|t| t == "0"), "zero");
        assert!(texts.iter().any(|t| t.starts_with('-')), "negative");
        assert!(texts.iter().any(|t| t.contains("E-0")), "an exponent");
        assert!(texts.iter().any(|t| !t.contains('.') && t.len() > 1), "whole");
        assert!(texts.iter().any(|t| digits(t) == 17), "17 significant digits");
    }

    #[test]
    fn a_figure_is_written_in_the_forms_of_exports() {
        let figure = |digits, decimals, form| Figure { negative: false, digits, decimals, form };
        assert_eq!(text(figure(564_902, 10, Form::Scientific)), "5.64902E-05");
        assert_eq!(text(figure(5, 2, Form::Plain)), "0.05");
        assert_eq!(text(figure(1250, 2, Form::Plain)), "12.50");
        assert_eq!(text(Figure::exactly(Amount::from_raw(-1), 24)), "-0.000000000000000000000001");
    }
}
