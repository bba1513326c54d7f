// CSV as RFC 4180 has it, and safe to open in a spreadsheet: what people named themselves must not become a formula there.
type Value = string | number | null;

function field(value: Value): string {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function csvText(head: string[], rows: Value[][]): string {
    return [head, ...rows].map(r => r.map(field).join(",")).join("\r\n") + "\r\n";
}

export function save(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    const a = document.createElement("a");
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
