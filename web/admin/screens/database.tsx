// The database: how large it is, what the doctor found, which migrations it has, and its partitions.
import { useEffect } from "preact/hooks";
import { api, type Schema } from "../../shared/api.ts";
import { number, t, type TextKey } from "../../shared/i18n.ts";
import { Await, Button, Row, Section, useBusy, useLoad } from "../../shared/ui.tsx";
import { Fact, Facts, Instant, State, Title } from "../parts.tsx";
import { Table, type Column } from "../table.tsx";

type Database = Schema<"Database">;
type Migration = Database["migrations"][number];
type Partition = Database["partitions"][number];
const UNITS: TextKey[] = ["console.bytes", "console.kib", "console.mib", "console.gib", "console.tib"];

/** So many bytes, in the unit that suits. */
export function size(bytes: number): string {
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

const LOOK_MS = 1000;

/** What the doctor found last, and a button that sends for it; while it looks, the page asks again. */
function Doctor({ of, reload }: { of: Database["doctor"]; reload: () => void }) {
    const [busy, run] = useBusy();
    useEffect(() => {
        if (!of.running) return;
        const timer = setTimeout(reload, LOOK_MS);
        return () => clearTimeout(timer);
    }, [of]);
    const begin = () => run(async () => {
        await api.post("/v1/admin/database/doctor");
        reload();
    });
    const found = of.found;
    return (
        <Section title={t("console.doctor")} aside={<Button icon="search" busy={busy || of.running} onClick={begin}>{t("console.doctor_run")}</Button>}>
            {of.running && <Row title={t("console.doctor_running")} />}
            {!found && !of.running && <Row title={t("console.doctor_never")} />}
            {found && <Row icon={found.ok ? "check" : "warn"} note={<Instant at={of.at} />} value={<State of={found.ok ? "sound" : "broken"} />}
                           title={found.error ?? (found.ok ? t("console.doctor_ok", { n: found.checks }) : t("console.doctor_broken", { n: found.broken.length }))} />}
            {found?.broken.map(b => (
                <div class="row told" key={b.name}><span class="row-text"><span><code>{b.name}</code> {number(b.count)}</span><small>{b.about}</small>
                    {b.rows.map((row, i) => <small key={i}>{row}</small>)}</span></div>
            ))}
        </Section>
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
                        <Doctor of={d.doctor} reload={database.reload} />
                        <Rows title={t("console.migrations")} columns={migrations} rows={d.migrations} keyOf={m => String(m.version)} file="migrations" />
                        {d.partitions.length > 0 && <Rows title={t("console.partitions")} columns={partitions} rows={d.partitions} keyOf={p => p.name} file="partitions" />}
                    </>
                )}
            </Await>
        </>
    );
}
