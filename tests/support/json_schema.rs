//! Checks JSON against a JSON Schema, as far as our schemas go. Comes in: a schema, a value. Goes out: every place where the value is not what
//! the schema describes; a field that no schema describes is one. A keyword that is not known here is a panic.

use serde_json::Value;

/// The faults of `value`; none if the schema describes it.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Check { root: schema }.value(schema, value, "", &mut faults);
    faults
}

struct Check<'s> {
    root: &'s Value,
}

impl Check<'_> {
    fn value(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (keyword, wanted) in schema.as_object().expect("a schema is an object") {
            let is_met = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "format" => true,
                // Read with `properties`, and checked for arrays and objects below.
                "additionalProperties" => true,
                "$ref" => {
                    let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.value(&self.root["$defs"][name], value, at, faults);
                    true
                }
                "anyOf" => {
                    let of = |schema: &Value| {
                        let mut faults = Vec::new();
                        self.value(schema, value, at, &mut faults);
                        faults
                    };
                    let each: Vec<Vec<String>> = wanted.as_array().unwrap().iter().map(of).collect();
                    faults.extend(each.into_iter().min_by_key(Vec::len).unwrap());
                    true
                }
                "type" => match wanted {
                    Value::Array(types) => types.iter().any(|of| is_of(of, value)),
                    of => is_of(of, value),
                },
                "enum" => wanted.as_array().unwrap().contains(value),
                "const" => wanted == value,
                "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
                "minItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap())
                }
                "maxItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 <= wanted.as_u64().unwrap())
                }
                "pattern" => value.as_str().is_none_or(|text| fits(wanted.as_str().unwrap(), text)),
                "items" => {
                    for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(wanted, item, &format!("{at}[{nth}]"), faults);
                    }
                    true
                }
                "required" => {
                    let lacking =
                        |name: &&Value| value.is_object() && value.get(name.as_str().unwrap()).is_none();
                    for name in wanted.as_array().unwrap().iter().filter(lacking) {
                        faults.push(format!("{at}: lacks {name}"));
                    }
                    true
                }
                "properties" => true,
                other => panic!("the keyword {other} is not known here"),
            };
            if !is_met {
                faults.push(format!("{at}: {value} is not {keyword} {wanted}"));
            }
        }
        let described = schema.get("properties").or(schema.get("additionalProperties"));
        for (name, field) in value.as_object().into_iter().flatten().filter(|_| described.is_some()) {
            let at = format!("{at}.{name}");
            match schema.get("properties").and_then(|of| of.get(name)).or(schema.get("additionalProperties"))
            {
                Some(schema) => self.value(schema, field, &at, faults),
                None => faults.push(format!("{at}: no schema describes it")),
            }
        }
    }
}

fn is_of(of: &Value, value: &Value) -> bool {
    match of.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the type {other} is not known here"),
    }
}

/// Whether a text fits one of the patterns of our schemas.
fn fits(pattern: &str, text: &str) -> bool {
    let like = |form: &str| {
        let fits = |(a, b): (char, char)| if a == '0' { b.is_ascii_digit() } else { a == b };
        form.chars().count() == text.chars().count() && form.chars().zip(text.chars()).all(fits)
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match pattern {
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => like("0000-00-00"),
        "^[0-9]{4}-[0-9]{2}$" => like("0000-00"),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$" => {
            like("0000-00-00T00:00:00.000Z")
        }
        "^[0-9a-f]{64}$" => {
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        "^-?[0-9]+(\\.[0-9]+)?$" => {
            let size = text.strip_prefix('-').unwrap_or(text);
            size.split_once('.').map_or(digits(size), |(units, decimals)| digits(units) && digits(decimals))
        }
        other => panic!("the pattern {other} is not known here"),
    }
}
