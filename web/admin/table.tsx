// Tables of the console: a page after the other, sorted by any column, and everything that matches as CSV.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { language, number, t, type TextKey } from "../shared/i18n.ts";
import { Icon } from "../shared/icons.tsx";
import { Await, Button, Failure, toast, useBusy, useLoad } from "../shared/ui.tsx";
import { csvText, save } from "./csv.ts";

const PAGE = 50;
const EXPORT_PAGE = 200;
const EXPORT_MAX = 100_000; // what a tab holds without harm; the command line exports more

export interface Page<T> { items: T[]; next: string | null }
export interface Column<T> {
    name: TextKey;
    /** What the CSV and the order see; numbers and instants sort as such. */
    value: (row: T) => string | number | null;
    show?: (row: T) => ComponentChildren;
    end?: boolean;
}
interface Order { column: number; down: boolean }

function compare(a: string | number | null, b: string | number | null): number {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), language.value.code, { numeric: true });
}

function sorted<T>(rows: T[], columns: Column<T>[], order: Order | null): T[] {
    const column = order && columns[order.column];
    if (!order || !column) return rows;
    return [...rows].sort((a, b) => compare(column.value(a), column.value(b)) * (order.down ? -1 : 1));
}

function Head<T>({ columns, order, setOrder }: { columns: Column<T>[]; order: Order | null; setOrder: (o: Order) => void }) {
    return (
        <thead role="rowgroup">
            <tr role="row">
                {columns.map((c, i) => {
                    const on = order?.column === i;
                    return (
                        <th key={c.name} role="columnheader" scope="col" class={c.end ? "end" : undefined}
                            aria-sort={on ? (order.down ? "descending" : "ascending") : "none"}>
                            <button type="button" onClick={() => setOrder({ column: i, down: on ? !order.down : false })}>
                                <span>{t(c.name)}</span>{on && <Icon name={order.down ? "down" : "up"} size={14} />}
                            </button>
                        </th>
                    );
                })}
            </tr>
        </thead>
    );
}

interface TableProps<T> {
    title: string;
    columns: Column<T>[];
    load: (cursor: string | undefined, limit: number, signal?: AbortSignal) => Promise<Page<T>>;
    /** What the rows depend on; another value loads anew. */
    deps: readonly unknown[];
    keyOf: (row: T) => string;
    file: string;
    filters?: ComponentChildren;
}

export function Table<T>({ title, columns, load, deps, keyOf, file, filters }: TableProps<T>) {
    const first = useLoad(signal => load(undefined, PAGE, signal), deps);
    const [added, setAdded] = useState<Page<T> & { after: Page<T> } | null>(null);
    const [order, setOrder] = useState<Order | null>(null);
    const [busy, run] = useBusy();
    const [exporting, runExport] = useBusy();

    const exportAll = () => runExport(async () => {
        const rows: T[] = [];
        let cursor: string | undefined;
        do {
            const page = await load(cursor, EXPORT_PAGE);
            rows.push(...page.items);
            cursor = page.next ?? undefined;
        } while (cursor !== undefined && rows.length < EXPORT_MAX);
        save(`${file}.csv`, csvText(columns.map(c => t(c.name)), sorted(rows, columns, order).map(r => columns.map(c => c.value(r)))));
        toast(cursor === undefined ? t("console.exported", { n: rows.length }) : t("console.export_cut", { n: number(rows.length) }));
    });
    return (
        <section class="table">
            <header>
                <div class="filters">{filters}</div>
                <Button icon="file" busy={exporting} onClick={exportAll}>{t("console.export")}</Button>
            </header>
            {first.error !== undefined ? <Failure error={first.error} retry={first.reload} /> : <Await of={first} lines={6}>
                {page => {
                    const more = added?.after === page ? added : null;
                    const next = more ? more.next : page.next;
                    const rows = sorted([...page.items, ...(more?.items ?? [])], columns, order);
                    const loadMore = () => run(async () => {
                        const p = await load(next!, PAGE);
                        setAdded({ after: page, items: [...(more?.items ?? []), ...p.items], next: p.next });
                    });
                    if (!rows.length) return <p class="nothing">{t("console.nothing")}</p>;
                    return (
                        <div class={`card${first.loading ? " stale" : ""}`}>
                            <table role="table" aria-label={title}>
                                <Head columns={columns} order={order} setOrder={setOrder} />
                                <tbody role="rowgroup">
                                    {rows.map(r => (
                                        <tr role="row" key={keyOf(r)}>
                                            {columns.map(c => (
                                                <td role="cell" key={c.name} class={c.end ? "end" : undefined} data-name={t(c.name)}>
                                                    {c.show ? c.show(r) : c.value(r) ?? "—"}
                                                </td>
                                            ))}
                                        </tr>
                                    ))}
                                </tbody>
                            </table>
                            <footer>
                                <span class="muted">{t("console.shown", { n: rows.length })}</span>
                                {next !== null && <Button busy={busy} onClick={loadMore}>{t("console.more")}</Button>}
                            </footer>
                        </div>
                    );
                }}
            </Await>}
        </section>
    );
}
