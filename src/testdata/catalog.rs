//! The catalogue of what rows consume. Comes in: a family of exports and its delimiter. Goes out: meters in their regions, tags. The words stand
//! in real exports; prices and names are invented.

use super::layouts::ExportFamily;

/// A property of a meter in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MeterText {
    /// Service family: `Compute`.
    ServiceFamily,
    /// Resource provider: `Microsoft.Compute`.
    Service,
    /// GUID of the meter.
    Id,
    /// Name of the meter.
    Name,
    /// Category of the meter.
    Category,
    /// Sub-category of the meter.
    SubCategory,
    /// Region of the meter.
    Region,
    /// Id of the product.
    ProductId,
    /// Name of the product.
    Product,
    /// Unit of measure.
    Unit,
    /// Region of the resource, as providers write it.
    Location,
    /// Type of the resource: `Microsoft.Compute/virtualMachines`.
    ResourceType,
    /// First letters of a resource's name.
    Prefix,
    /// JSON about the service.
    AdditionalInfo,
    /// Number of the part.
    Part,
}

/// A meter in a region. Its texts are quoted for the export's delimiter.
#[derive(Debug)]
pub(super) struct Meter {
    texts: [Vec<u8>; 15],
}

impl Meter {
    /// One property, as a field of delimited text.
    pub(super) fn text(&self, which: MeterText) -> &[u8] {
        &self.texts[which as usize]
    }
}

/// Service family, resource type, prefix, category, sub-category, name, unit, type of machine (or blank).
const METERS: [[&str; 8]; 12] = [
    [
        "Compute",
        "Microsoft.Compute/virtualMachines",
        "vm",
        "Virtual Machines",
        "Dv3/DSv3 Series",
        "D2 v3/D2s v3",
        "1 Hour",
        "Standard_D2s_v3",
    ],
    [
        "Compute",
        "Microsoft.Compute/virtualMachineScaleSets",
        "aks-pool",
        "Virtual Machines",
        "Ev3/ESv3 Series Windows",
        "E4 v3/E4s v3",
        "10 Hours",
        "Standard_E4s_v3",
    ],
    [
        "Compute",
        "Microsoft.Compute/virtualMachines",
        "win",
        "Virtual Machines Licenses",
        "Windows Server",
        "2 vCPU VM License",
        "1 Hour",
        "Standard_DS2_v2",
    ],
    [
        "Storage",
        "Microsoft.Storage/storageAccounts",
        "stor",
        "Storage",
        "Tiered Block Blob",
        "GRS List and Create Container Operations",
        "10K",
        "",
    ],
    [
        "Storage",
        "Microsoft.Compute/disks",
        "disk",
        "Storage",
        "Premium SSD Managed Disks",
        "P10 LRS Disk",
        "1/Month",
        "",
    ],
    [
        "Networking",
        "Microsoft.Network/publicIPAddresses",
        "ip",
        "Virtual Network",
        "IP Addresses",
        "Basic IPv4 Dynamic Public IP",
        "1 Hour",
        "",
    ],
    [
        "Networking",
        "Microsoft.Network/loadBalancers",
        "lb",
        "Load Balancer",
        "Standard",
        "Included LB Rules and Outbound Rules",
        "100 Hours",
        "",
    ],
    [
        "Databases",
        "Microsoft.Sql/servers",
        "sql",
        "SQL Database",
        "Single/Elastic Pool General Purpose - Compute Gen5",
        "vCore",
        "1 Hour",
        "",
    ],
    [
        "Databases",
        "Microsoft.DocumentDB/databaseAccounts",
        "cosmos",
        "Azure Cosmos DB",
        "",
        "100 RU/s",
        "1/Hour",
        "",
    ],
    [
        "Web",
        "Microsoft.Web/serverfarms",
        "plan",
        "Azure App Service",
        "Premium v2 Plan",
        "P1 v2",
        "1 Hour",
        "",
    ],
    [
        "Management and Governance",
        "Microsoft.OperationalInsights/workspaces",
        "logs",
        "Log Analytics",
        "",
        "Pay-as-you-go Data Ingestion, Analytics Logs",
        "1 GB",
        "",
    ],
    ["Bandwidth", "Microsoft.Network/azureFirewalls", "fw", "Bandwidth", "", "Data Transfer Out", "1 GB", ""],
];

/// Location, region of the meter.
const REGIONS: [[&str; 2]; 6] = [
    ["westeurope", "EU West"],
    ["EASTUS", "US East"],
    ["eastus2", "US East 2"],
    ["SoutheastAsia", "AP Southeast"],
    ["japaneast", "JA East"],
    ["uksouth", "UK South"],
];

/// Every meter in every region.
pub(super) fn meters(delimiter: u8) -> Vec<Meter> {
    let pairs = METERS.iter().enumerate().flat_map(|m| REGIONS.iter().enumerate().map(move |r| (m, r)));
    pairs.map(|((m, raw), (r, region))| meter(m, raw, r, region, delimiter)).collect()
}

fn meter(m: usize, raw: &[&str; 8], r: usize, region: &[&str; 2], delimiter: u8) -> Meter {
    let [family, resource_type, prefix, category, sub_category, name, unit, machine] = *raw;
    let [location, meter_region] = *region;
    let info = if machine.is_empty() {
        String::new()
    } else {
        format!(
            "{{\"UsageType\":\"ComputeHR\",\"ImageType\":\"Canonical\",\"ServiceType\":\"{machine}\",\
             \"VMName\":null,\"VMProperties\":\"Microsoft.AKS.Compute.AKS.Linux.Billing\",\"VCPUs\":{},\"CPUs\":0}}",
            m + 2
        )
    };
    let service = resource_type.split('/').next().unwrap_or(resource_type);
    let texts = [
        family.to_owned(),
        service.to_owned(),
        format!("{:08x}-2b66-438e-8ab4-bce37d51{:04x}", 0x1c5a_a5a3 + m * 0x0101_0101, r * 257 + m),
        name.to_owned(),
        category.to_owned(),
        sub_category.to_owned(),
        meter_region.to_owned(),
        format!("DZH318Z0BNX{m:X}{r}/00{m:X}{r}"),
        format!("{category} {sub_category} - {name} - {meter_region}"),
        unit.to_owned(),
        location.to_owned(),
        resource_type.to_owned(),
        prefix.to_owned(),
        info,
        format!("AA{}-{:05}", char::from(b'A' + u8::try_from(m).unwrap_or(0)), 34_000 + 97 * r),
    ];
    Meter { texts: texts.map(|text| quoted(&text, delimiter)) }
}

/// Tags of resources; some are blank. Enterprise exports write them without braces.
pub(super) fn tags(family: ExportFamily, delimiter: u8) -> Vec<Vec<u8>> {
    let environments = ["prod", "test", "dev"];
    let mut all = Vec::new();
    for (n, environment) in environments.iter().cycle().take(24).enumerate() {
        let text = match n % 8 {
            0 => String::new(),
            1 => format!("\"env\": \"{environment}\""),
            2..=4 => format!(
                "\"CostCenter\": \"{}\",\"env\": \"{environment}\",\"org\": \"example\",\"note\": \"a, b; \\\"c\\\"\"",
                1234 + n
            ),
            _ => format!(
                "\"aks-managed-createOperationID\": \"{n:08x}-5ca7-4d76-8101-dd0a4abc5674\",\
                 \"aks-managed-orchestrator\": \"Kubernetes:1.{n}.9\",\"aks-managed-poolName\": \"agentpool{n}\",\
                 \"application\": \"databricks\",\"env\": \"{environment}\",\" owner \": \"team-{n}@example.com\""
            ),
        };
        let braces = !text.is_empty() && family != ExportFamily::Enterprise;
        let text = if braces { format!("{{{text}}}") } else { text };
        all.push(quoted(&text, delimiter));
    }
    all
}

/// `text` as a field of delimited text: in quotes where it needs them.
pub(super) fn quoted(text: &str, delimiter: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    put_quoted(&mut out, text, delimiter);
    out
}

/// Appends `text` as a field of delimited text.
pub(super) fn put_quoted(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    if !text.bytes().any(|b| b == delimiter || b == b'"') {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_quoted_with_doubled_quotes() {
        assert_eq!(quoted("{\"a\": 1}", b','), b"\"{\"\"a\"\": 1}\"");
        assert_eq!(quoted("a, b", b'\t'), b"a, b");
        assert_eq!(quoted("a, b", b','), b"\"a, b\"");
    }
}
