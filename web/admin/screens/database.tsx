// The database: how large it is, which migrations it has, and its partitions.
import { api, type Schema } from "../../shared/api.ts";
import { number, t, type TextKey } from "../../shared/i18n.ts";
import { Await, useLoad } from "../../shared/ui.tsx";
import { Fact, Facts, Instant, State, Title } from "../parts.tsx";
import { Table, type Column } from "../table.tsx";

type Database = Schema<"Database">;
type Migration = Database["migrations"][number];
type Partition = Database["partitions"][number];
const UNITS: TextKey[] = ["console.bytes", "console.kib", "console.mib", "console.gib", "console.tib"];

function size(bytes: number): string {
    let n = bytes, unit = 0;
    while (n >= 1024 && unit < UNITS.length - 1) {
        n /= 1024;
        unit++;
    }
    return t(UNITS[unit]!, { size: number(n, n < 10 ? 1 : 0) });
}

const migrations: Column<Migration>[] = [
    { name: "console.number", value: m => m.version, end: true },
    { name: "console.name", value: m => m.name },
    { name: "console.state", value: m => m.state, show: m => <State of={m.state} /> },
    { name: "console.at", value: m => m.applied_at, show: m => <Instant at={m.applied_at} /> },
];
const partitions: Column<Partition>[] = [
    { name: "console.of_table", value: p => p.table },
    { name: "console.name", value: p => p.name },
    { name: "console.size", value: p => p.bytes, show: p => size(p.bytes), end: true },
];

/** Rows that came with the page, as a table with its order and its CSV. */
function Rows<T>({ title, columns, rows, keyOf, file }: { title: string; columns: Column<T>[]; rows: T[]; keyOf: (row: T) => string; file: string }) {
    return (
        <section class="section">
            <header><h2>{title}</h2></header>
            <Table title={title} columns={columns} keyOf={keyOf} file={file} deps={[rows]} load={async () => ({ items: rows, next: null })} />
        </section>
    );
}

export function DatabaseScreen() {
    const database = useLoad(signal => api.get("/v1/admin/database", { signal }), []);
    return (
        <>
            <Title text={t("console.database")} />
            <Await of={database}>
                {d => (
                    <>
                        <Facts>
                            <Fact name={t("console.engine")}>{d.engine === "sqlite" ? "SQLite" : "PostgreSQL"}</Fact>
                            <Fact name={t("console.size")}>{size(d.bytes)}</Fact>
                            <Fact name={t("console.schema")}><State of={d.schema} /></Fact>
                            {d.engine === "postgres" && <Fact name={t("console.partitions_ahead")}><State of={d.partitions_ahead ? "there" : "missing"} /></Fact>}
                        </Facts>
                        <Rows title={t("console.migrations")} columns={migrations} rows={d.migrations} keyOf={m => String(m.version)} file="migrations" />
                        {d.partitions.length > 0 && <Rows title={t("console.partitions")} columns={partitions} rows={d.partitions} keyOf={p => p.name} file="partitions" />}
                    </>
                )}
            </Await>
        </>
    );
}
