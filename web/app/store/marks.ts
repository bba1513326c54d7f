// Marks: shown at once, kept until the server has them, and taken back visibly when it refuses.
//
//   mark() ──► pending, on disk ──► sent ──► the server's answer
//                    ▲                └─ refused: pending goes, the page shows what the server has, and why
//                    └── no connection: stays, also over a restart
//
// Of two marks of one habit and day the later one counts: each carries the moment it was made, and the server compares.
import { computed, effect, signal, untracked } from "@preact/signals";
import { ApiError, api, randomId, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { errorText } from "../../shared/refusals.ts";
import { signedIn } from "../../shared/session.ts";
import { haptic } from "../../shared/telegram.ts";
import { toast } from "../../shared/ui.tsx";
import type { Day } from "../days.ts";
import { dbAll, dbDelete, dbPut } from "./db.ts";
import { changed, keep, kept, write } from "./kept.ts";
import { lost, onConnected, serverNow } from "./net.ts";

export type Item = Schema<"TodayItem">;
export type Today = { day: Day; items: Item[]; next: null };
export interface MarkValue {
    status: Schema<"Status">;
    value?: number | null;
    note?: string | null;
    preset?: Schema<"Preset"> | null;
}
/** mark null: the day's mark is taken away. */
interface Pending { id: string; habit_id: string; day: Day; mark: MarkValue | null; marked_at: string }

const pending = signal<Map<string, Pending>>(new Map());
export const waiting = computed(() => pending.value.size);
const slot = (habit: string, day: Day) => `${habit}|${day}`;
export const dayKey = (day: Day) => `today/${day}`;
const others = new BroadcastChannel("habitd.marks");

let coming: Promise<Today | undefined> | undefined;

/** The day that was asked for before anything was drawn: who wants it while it is on its way waits for that answer, instead of asking too. */
export async function expectDay(asked: Promise<Today>): Promise<Day> {
    coming = asked.catch(() => undefined);
    try {
        const today = await asked;
        keep(dayKey(today.day), today);
        return today.day;
    } finally {
        coming = undefined;
    }
}

export async function loadDay(day: Day, signal: AbortSignal): Promise<Today> {
    const first = await coming;
    return first?.day === day ? first : api.get("/v1/today", { query: { day }, signal }) as Promise<Today>;
}

const writing = new Set<string>(); // marks made here that are not on disk yet
let leaving: Promise<unknown>[] = []; // marks that go from disk

function withPending(change: (m: Map<string, Pending>) => void): void {
    const next = new Map(pending.value);
    change(next);
    pending.value = next;
}

/** The day as it is with what is not sent yet. */
export function shown(today: Today): Item[] {
    const map = pending.value;
    if (map.size === 0) return today.items;
    return today.items.map(item => {
        const p = map.get(slot(item.id, today.day));
        return p ? { ...item, status: p.mark?.status ?? null, value: p.mark?.value ?? null, note: p.mark?.note ?? null } : item;
    });
}

export function isWaiting(habit: string, day: Day): boolean {
    return pending.value.has(slot(habit, day));
}

/** Puts a mark into the kept day, for what the page shows. */
function show(p: Pending, log: MarkValue | null): void {
    const today = kept<Today>(dayKey(p.day));
    if (today)
        write(dayKey(p.day), {
            ...today,
            items: today.items.map(i => (i.id === p.habit_id ? { ...i, status: log?.status ?? null, value: log?.value ?? null, note: log?.note ?? null } : i)),
        });
}

/** The server's word for a mark. */
function settle(p: Pending, log: MarkValue | null): void {
    show(p, log);
    withPending(m => m.get(slot(p.habit_id, p.day))?.id === p.id && m.delete(slot(p.habit_id, p.day)));
    leaving.push(dbDelete("queue", p.id));
}

function refuse(p: Pending, e: ApiError): void {
    withPending(m => m.get(slot(p.habit_id, p.day))?.id === p.id && m.delete(slot(p.habit_id, p.day)));
    leaving.push(dbDelete("queue", p.id));
    haptic("error");
    toast(t("web.mark.refused", { why: errorText(e, t) }), { bad: true });
}

/** Taking a mark away has no moment of its own: what was marked later elsewhere stays. */
async function remove(p: Pending): Promise<void> {
    const path = { habit_id: p.habit_id, day: p.day };
    if (serverNow() - Date.parse(p.marked_at) > 15_000) {
        const list = await api.get("/v1/habits/{habit_id}/logs", { path, query: { from: p.day, to: p.day } });
        const log = list.items[0];
        if (log && Date.parse(log.marked_at) > Date.parse(p.marked_at)) return settle(p, log as MarkValue);
    }
    await api.delete("/v1/habits/{habit_id}/logs/{day}", { path });
    settle(p, null);
}

async function put(p: Pending): Promise<void> {
    const body = { ...p.mark!, marked_at: p.marked_at };
    const log = await api.put("/v1/habits/{habit_id}/logs/{day}", { path: { habit_id: p.habit_id, day: p.day }, body });
    settle(p, log as MarkValue);
}

async function putMany(list: Pending[]): Promise<void> {
    const logs = list.map(p => ({ habit_id: p.habit_id, day: p.day, ...p.mark!, marked_at: p.marked_at }));
    const { results } = await api.post("/v1/logs:batch", { body: { logs }, key: list[0]!.id });
    results.forEach((r, i) => {
        if (r.status < 300) settle(list[i]!, r.log as MarkValue);
        else refuse(list[i]!, new ApiError(r.status, r.code ?? "", r.problem?.detail ?? "", r.problem?.field));
    });
}

/** One by one they would take a trip each. */
async function sendAll(): Promise<void> {
    const list = [...pending.value.values()].sort((a, b) => (a.marked_at < b.marked_at ? -1 : 1));
    const marks = list.filter(p => p.mark !== null);
    for (let i = 0; marks.length > 1 && i < marks.length; i += 500) await putMany(marks.slice(i, i + 500));
    for (const p of marks.length === 1 ? list : list.filter(x => x.mark === null)) {
        try {
            await (p.mark === null ? remove(p) : put(p));
        } catch (e) {
            if (!(e instanceof ApiError) || e.status === 401 || e.status === 429 || e.status >= 500) throw e;
            refuse(p, e);
        }
    }
}

let sending: Promise<void> | null = null;
let retry = 0;

/** What was sent is gone from disk before another tab looks there. */
async function cleared(): Promise<void> {
    const all = leaving;
    leaving = [];
    await Promise.all(all);
}

/** Of several tabs one sends, and only what no other has sent: an old mark that is sent again would undo a later one. */
export function send(): Promise<void> {
    if (pending.value.size === 0 || !signedIn.value) return Promise.resolve();
    sending ??= (async () => {
        let failed = false;
        try {
            const work = async () => {
                let sent = false;
                await readDisk();
                try {
                    while (pending.value.size > 0) {
                        await sendAll();
                        sent = true;
                    }
                } finally {
                    await cleared();
                }
                if (sent) {
                    others.postMessage("changed");
                    changed(); // streaks and scores follow from marks
                }
            };
            await (navigator.locks ? navigator.locks.request("habitd.marks", work) : work());
        } catch (e) {
            failed = true;
            if (!lost(e)) {
                clearTimeout(retry);
                retry = window.setTimeout(send, 5000);
            }
        } finally {
            sending = null;
            if (!failed && pending.value.size > 0) void send(); // made while the last one was being settled
        }
    })();
    return sending;
}

export function mark(habit: string, day: Day, value: MarkValue | null): void {
    const p: Pending = { id: randomId(), habit_id: habit, day, mark: value, marked_at: new Date(serverNow()).toISOString() };
    const before = pending.value.get(slot(habit, day));
    withPending(m => m.set(slot(habit, day), p));
    if (before) void dbDelete("queue", before.id);
    writing.add(p.id);
    void dbPut("queue", p.id, p).then(() => {
        writing.delete(p.id);
        others.postMessage("changed");
    });
    haptic(value?.status === "done" ? "success" : "tap");
    void send();
}

/** Marks that way, with a way back for a moment. */
export function markWithUndo(item: Item, day: Day, value: MarkValue | null, said: string): void {
    const back: MarkValue | null = item.status ? { status: item.status, value: item.value, note: item.note } : null;
    mark(item.id, day, value);
    toast(said, { action: { text: t("web.undo"), run: () => mark(item.id, day, back) } });
}

async function readDisk(): Promise<void> {
    const list = await dbAll<Pending>("queue");
    if (!list) return;
    withPending(m => {
        const disk = new Set(list.map(p => p.id));
        for (const [k, p] of m) {
            if (disk.has(p.id) || writing.has(p.id)) continue;
            show(p, p.mark); // another tab has sent it: so it stays until the day is loaded again, or a tap in between would undo it
            m.delete(k);
        }
        for (const p of list) {
            const there = m.get(slot(p.habit_id, p.day));
            if (!there || there.marked_at < p.marked_at) m.set(slot(p.habit_id, p.day), p);
        }
    });
}

export async function startMarks(): Promise<void> {
    onConnected(() => void send());
    others.onmessage = async () => {
        await readDisk();
        changed();
    };
    await readDisk();
    effect(() => void (signedIn.value && untracked(send)));
}

export function forgetMarks(): void {
    pending.value = new Map();
}
