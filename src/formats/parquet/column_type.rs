//! The type of a column: physical, logical, and whether values may be null. Comes in: a field of the schema. Goes
//! out: [`ColumnType`], or why the column is not read. It does not decode values.

use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{
    IntegerType, ParquetType, PhysicalType, PrimitiveConvertedType as ConvertedType,
    PrimitiveLogicalType as LogicalType, PrimitiveType, TimeUnit,
};

use super::error::ParquetInputError;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) physical: Physical,
    pub(super) logical: Logical,
    /// The definition level of a value: how many of the column and the groups around it may be null. A lower level is a
    /// null; 0: no value is null, and pages have no levels.
    pub(super) definition_level: u8,
}

/// The physical type: how values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Physical {
    Boolean,
    Int32,
    Int64,
    /// A timestamp in 12 bytes, deprecated: nanoseconds of the day, and the Julian day.
    Int96,
    Float,
    Double,
    /// A length, and as many bytes.
    ByteArray,
    /// **Unit**: bytes a value.
    FixedLenByteArray(usize),
}

/// The logical type, as far as rows tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    Text,
    Number(NumberType),
}

/// The logical type of a number; a number is held as an `i128`, see [`super::plain::number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberType {
    Signed,
    Unsigned,
    /// **Unit**: 10⁻ⁿ, where n is the scale.
    Decimal(u32),
    /// The bits of a binary float of 64 bits.
    Double,
    /// The bits of a binary float of 32 bits.
    Float,
    /// **Unit**: days since 1970-01-01.
    Date,
    /// Time since 1970-01-01T00:00:00. **Unit**: a second divided by this number.
    Timestamp(i64),
    Boolean,
    /// The 128 bits of a UUID.
    Uuid,
}

const MILLIS: i64 = 1_000;
const MICROS: i64 = 1_000_000;
const NANOS: i64 = 1_000_000_000;
/// Most digits of a decimal that is read.
const DIGITS: usize = 76;

impl ColumnType {
    /// The type of a column of the file.
    ///
    /// # Errors
    /// The column is nested, a list, or of a type that is not read.
    pub(super) fn of(field: &ParquetType) -> Result<ColumnType, ParquetInputError> {
        let not_read = |what: &str| {
            let found = format!("the column {} is {what}", field.name());
            ParquetInputError::unsupported(&found, "write it in another type")
        };
        let ParquetType::PrimitiveType(found) = field else { return Err(not_read("nested")) };
        let definition_level = match found.field_info.repetition {
            Repetition::Required => 0,
            Repetition::Optional => 1,
            Repetition::Repeated => return Err(not_read("a list")),
        };
        let physical = match found.physical_type {
            PhysicalType::Boolean => Physical::Boolean,
            PhysicalType::Int32 => Physical::Int32,
            PhysicalType::Int64 => Physical::Int64,
            PhysicalType::Int96 => Physical::Int96,
            PhysicalType::Float => Physical::Float,
            PhysicalType::Double => Physical::Double,
            PhysicalType::ByteArray => Physical::ByteArray,
            PhysicalType::FixedLenByteArray(bytes) => Physical::FixedLenByteArray(bytes),
        };
        let logical = logical_type(found, physical).ok_or_else(|| {
            let what = match (found.logical_type, found.converted_type) {
                (Some(annotation), _) => format!("of type {annotation:?}"),
                (None, Some(converted)) => format!("of type {converted:?}"),
                (None, None) => format!("of type {:?}", found.physical_type),
            };
            not_read(&what)
        })?;
        Ok(ColumnType { physical, logical, definition_level })
    }

    /// The type of a column within `optional` groups that may be null.
    pub(super) fn within(self, optional: u8) -> ColumnType {
        ColumnType { definition_level: self.definition_level + optional, ..self }
    }
}

/// The logical type of a column: its annotation if it has one, else what its physical type stands for. `None` if rows
/// cannot hold such values, or the annotation does not fit the physical type.
fn logical_type(found: &PrimitiveType, physical: Physical) -> Option<Logical> {
    let number = match (found.logical_type, found.converted_type) {
        (Some(annotation), _) => match annotation {
            LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Bson => {
                return text(physical);
            }
            LogicalType::Decimal(precision, scale) => decimal(precision, scale)?,
            LogicalType::Date => NumberType::Date,
            LogicalType::Timestamp { unit, .. } => NumberType::Timestamp(match unit {
                TimeUnit::Milliseconds => MILLIS,
                TimeUnit::Microseconds => MICROS,
                TimeUnit::Nanoseconds => NANOS,
            }),
            LogicalType::Integer(
                IntegerType::Int8 | IntegerType::Int16 | IntegerType::Int32 | IntegerType::Int64,
            ) => NumberType::Signed,
            LogicalType::Integer(
                IntegerType::UInt8 | IntegerType::UInt16 | IntegerType::UInt32 | IntegerType::UInt64,
            ) => NumberType::Unsigned,
            LogicalType::Uuid => NumberType::Uuid,
            // A column of nulls only.
            LogicalType::Unknown => return unannotated(physical),
            LogicalType::Time { .. } | LogicalType::Float16 => return None,
        },
        (None, Some(converted)) => match converted {
            ConvertedType::Utf8 | ConvertedType::Enum | ConvertedType::Json | ConvertedType::Bson => {
                return text(physical);
            }
            ConvertedType::Decimal(precision, scale) => decimal(precision, scale)?,
            ConvertedType::Date => NumberType::Date,
            ConvertedType::TimestampMillis => NumberType::Timestamp(MILLIS),
            ConvertedType::TimestampMicros => NumberType::Timestamp(MICROS),
            ConvertedType::Int8 | ConvertedType::Int16 | ConvertedType::Int32 | ConvertedType::Int64 => {
                NumberType::Signed
            }
            ConvertedType::Uint8 | ConvertedType::Uint16 | ConvertedType::Uint32 | ConvertedType::Uint64 => {
                NumberType::Unsigned
            }
            ConvertedType::TimeMillis | ConvertedType::TimeMicros | ConvertedType::Interval => return None,
        },
        (None, None) => return unannotated(physical),
    };
    // An annotation may claim anything: only the pairs that the format allows are read.
    let fits = match number {
        NumberType::Signed | NumberType::Unsigned => matches!(physical, Physical::Int32 | Physical::Int64),
        NumberType::Decimal(_) => {
            matches!(
                physical,
                Physical::Int32 | Physical::Int64 | Physical::ByteArray | Physical::FixedLenByteArray(1..)
            )
        }
        NumberType::Date => physical == Physical::Int32,
        NumberType::Timestamp(_) => physical == Physical::Int64,
        NumberType::Uuid => physical == Physical::FixedLenByteArray(16),
        NumberType::Double | NumberType::Float | NumberType::Boolean => false,
    };
    fits.then_some(Logical::Number(number))
}

/// The logical type of a column without annotation. Old writers do not annotate texts either.
fn unannotated(physical: Physical) -> Option<Logical> {
    Some(match physical {
        Physical::ByteArray => Logical::Text,
        Physical::Boolean => Logical::Number(NumberType::Boolean),
        Physical::Int32 | Physical::Int64 => Logical::Number(NumberType::Signed),
        Physical::Int96 => Logical::Number(NumberType::Timestamp(NANOS)),
        Physical::Float => Logical::Number(NumberType::Float),
        Physical::Double => Logical::Number(NumberType::Double),
        Physical::FixedLenByteArray(_) => return None,
    })
}

fn text(physical: Physical) -> Option<Logical> {
    (physical == Physical::ByteArray).then_some(Logical::Text)
}

fn decimal(precision: usize, scale: usize) -> Option<NumberType> {
    let scale = u32::try_from(scale).ok()?;
    (precision <= DIGITS && scale as usize <= precision).then_some(NumberType::Decimal(scale))
}

impl ColumnType {
    /// Whether every bit pattern of a value is a number that is read, so that decoding cannot fail.
    pub(super) fn is_infallible(self) -> bool {
        match self.physical {
            Physical::Int32 | Physical::Int64 | Physical::Int96 | Physical::Float | Physical::Double => true,
            Physical::FixedLenByteArray(bytes) => (1..=16).contains(&bytes),
            Physical::Boolean | Physical::ByteArray => false,
        }
    }

    /// Whether integers are unsigned.
    pub(super) fn is_unsigned(self) -> bool {
        self.logical == Logical::Number(NumberType::Unsigned)
    }
}

impl Physical {
    /// Bytes of a value of a physical type whose values have one width. **Unit**: bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Physical::Int32 | Physical::Float => 4,
            Physical::Int64 | Physical::Double => 8,
            Physical::Int96 => 12,
            Physical::FixedLenByteArray(bytes) => bytes,
            Physical::Boolean | Physical::ByteArray => {
                unreachable!("values of this type have no fixed width")
            }
        }
    }
}
