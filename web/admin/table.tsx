// Tables of the console: a page after the other, in the order and of the kind that the server was asked for, and everything that
// matches as CSV. Rows that come all at once are sorted and searched here.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { language, number, t, type TextKey } from "../shared/i18n.ts";
import { Icon } from "../shared/icons.tsx";
import { go, href, place } from "../shared/router.ts";
import { Await, Button, Failure, TextField, toast, useBusy, useLoad } from "../shared/ui.tsx";
import { csvText, save } from "./csv.ts";

const PAGE = 50;
const EXPORT_PAGE = 200;
const EXPORT_MAX = 100_000; // what a tab holds without harm; the command line exports more

export interface Page<T> { items: T[]; next: string | null }
/** As the API takes it: a - begins with the greatest. */
type Sort<S extends string> = S | `-${S}`;
export interface Column<T, S extends string = never> {
    name: TextKey;
    /** What the CSV sees; numbers and instants sort as such. */
    value: (row: T) => string | number | null;
    show?: (row: T) => ComponentChildren;
    end?: boolean;
    /** In the CSV alone: the table shows it beside another one. */
    aside?: boolean;
    /** What the server calls it, where it can sort by it. */
    sort?: S;
}
interface Order { column: number; down: boolean; file?: string }
export interface Asked<S extends string> { cursor?: string; limit: number; sort?: Sort<S> }

/** Shows the table of that address with other filters, in the order it has. */
export function filterBy(path: string[], query: Record<string, string | undefined>): void {
    go(href(path, { ...query, sort: place.value.query.get("sort") ?? undefined }));
}

/** What is typed into a filter; the address's own whenever that changes, so that the field stays where it is, and the focus in it. */
export function useTyped<S extends string>(asked: S): [S, (text: S) => void] {
    const [typed, set] = useState({ asked, text: asked });
    return [typed.asked === asked ? typed.text : asked, text => set({ asked, text })];
}

function compare(a: string | number | null, b: string | number | null): number {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), language.value.code, { numeric: true });
}

function sorted<T>(rows: T[], columns: Column<T, string>[], order: Order | null): T[] {
    const column = order && columns[order.column];
    if (!order || !column) return rows;
    return [...rows].sort((a, b) => compare(column.value(a), column.value(b)) * (order.down ? -1 : 1));
}

function having<T>(rows: T[], columns: Column<T, string>[], text: string): T[] {
    const wanted = text.trim().toLocaleLowerCase();
    return wanted ? rows.filter(r => columns.some(c => String(c.value(r) ?? "").toLocaleLowerCase().includes(wanted))) : rows;
}

interface HeadProps<T> {
    columns: Column<T, string>[];
    order: Order | null;
    canSort: (c: Column<T, string>) => boolean;
    setOrder: (column: number) => void;
}

function Head<T>({ columns, order, canSort, setOrder }: HeadProps<T>) {
    return (
        <thead role="rowgroup">
            <tr role="row">
                {columns.map((c, i) => {
                    const on = order?.column === i;
                    if (!canSort(c)) return <th key={c.name} role="columnheader" scope="col" class={c.end ? "end" : undefined}><span class="name">{t(c.name)}</span></th>;
                    return (
                        <th key={c.name} role="columnheader" scope="col" class={c.end ? "end" : undefined}
                            aria-sort={on ? (order.down ? "descending" : "ascending") : "none"}>
                            <button type="button" onClick={() => setOrder(i)}>
                                <span>{t(c.name)}</span>{on && <Icon name={order.down ? "down" : "up"} size={14} />}
                            </button>
                        </th>
                    );
                })}
            </tr>
        </thead>
    );
}

interface TableProps<T, S extends string> {
    title: string;
    columns: Column<T, S>[];
    load: (asked: Asked<S>, signal?: AbortSignal) => Promise<Page<T>>;
    /** What the rows depend on; another value loads anew. */
    deps: readonly unknown[];
    keyOf: (row: T) => string;
    file: string;
    filters?: ComponentChildren;
    /** The order of a list that the server sorts, when none is asked for. Without it all rows come at once and are sorted here. */
    usual?: Sort<S>;
}

/** The order that the address asks for, as the server and as the head has it, and how to ask for another. */
function useServerOrder<T, S extends string>(columns: Column<T, S>[], usual: Sort<S>) {
    const asked = place.value.query.get("sort") ?? usual;
    const find = (sort: string) => columns.findIndex(c => c.sort !== undefined && c.sort === sort.replace(/^-/, ""));
    const sort = (find(asked) >= 0 ? asked : usual) as Sort<S>;
    const order: Order | null = find(sort) >= 0 ? { column: find(sort), down: sort.startsWith("-") } : null;
    const setOrder = (column: number) => {
        const up = order?.column === column && order.down;
        const query = Object.fromEntries(place.value.query);
        go(href(place.value.path, { ...query, sort: `${up ? "" : "-"}${columns[column]!.sort}` }), true);
    };
    return { sort, order, setOrder };
}

export function Table<T, S extends string = never>({ title, columns, load, deps, keyOf, file, filters, usual }: TableProps<T, S>) {
    const whole = usual === undefined;
    const shown = columns.filter(c => !c.aside);
    const server = useServerOrder(shown, usual ?? ("" as Sort<S>));
    const sort = whole ? undefined : server.sort;
    const asked = useLoad(async signal => ({ file, page: await load({ limit: PAGE, sort }, signal) }), [...deps, sort, file]);
    const first = { ...asked, value: asked.value?.file === file ? asked.value.page : undefined }; // never the rows of another table
    const [added, setAdded] = useState<Page<T> & { after: Page<T> } | null>(null);
    const [own, setOwn] = useState<Order | null>(null);
    const [text, setText] = useState("");
    const [busy, run] = useBusy();
    const [exporting, runExport] = useBusy();
    const mine = own?.file === file ? own : null;
    const arranged = (rows: T[]) => (whole ? sorted(having(rows, columns, text), shown, mine) : rows);
    const head = whole
        ? { order: mine, canSort: () => true, setOrder: (column: number) => setOwn({ file, column, down: mine?.column === column ? !mine.down : false }) }
        : { order: server.order, canSort: (c: Column<T, string>) => c.sort !== undefined, setOrder: server.setOrder };

    const exportAll = () => runExport(async () => {
        const rows: T[] = [];
        let cursor: string | undefined;
        do {
            const page = await load({ cursor, limit: EXPORT_PAGE, sort });
            rows.push(...page.items);
            cursor = page.next ?? undefined;
        } while (cursor !== undefined && rows.length < EXPORT_MAX);
        const found = arranged(rows);
        save(`${file}.csv`, csvText(columns.map(c => t(c.name)), found.map(r => columns.map(c => c.value(r)))));
        toast(cursor === undefined ? t("console.exported", { n: found.length }) : t("console.export_cut", { n: number(found.length) }));
    });
    return (
        <section class="table">
            <header>
                <div class="filters">
                    {filters}
                    {whole && !filters && <TextField label={t("console.rows_having")} type="search" value={text} onValue={setText} maxLength={64} />}
                </div>
                <Button icon="file" busy={exporting} onClick={exportAll}>{t("console.export")}</Button>
            </header>
            {first.error !== undefined ? <Failure error={first.error} retry={first.reload} /> : <Await of={first} lines={6}>
                {page => {
                    const more = added?.after === page ? added : null;
                    const next = more ? more.next : page.next;
                    const rows = arranged([...page.items, ...(more?.items ?? [])]);
                    const loadMore = () => run(async () => {
                        const p = await load({ cursor: next!, limit: PAGE, sort });
                        setAdded({ after: page, items: [...(more?.items ?? []), ...p.items], next: p.next });
                    });
                    if (!rows.length) return <p class="nothing">{t("console.nothing")}</p>;
                    return (
                        <div class={`card${first.loading ? " stale" : ""}`}>
                            <table role="table" aria-label={title}>
                                <Head columns={shown} {...head} />
                                <tbody role="rowgroup">
                                    {rows.map(r => (
                                        <tr role="row" key={keyOf(r)}>
                                            {shown.map(c => (
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
                                {next !== null && <Button busy={busy || first.loading} onClick={loadMore}>{t("console.more")}</Button>}
                            </footer>
                        </div>
                    );
                }}
            </Await>}
        </section>
    );
}
