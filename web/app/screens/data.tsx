// What a person can take along and bring, where they are signed in, and the end.
import { useState } from "preact/hooks";
import { api, request, type Schema } from "../../shared/api.ts";
import { dayText, instantText, t, type TextKey } from "../../shared/i18n.ts";
import { errorText } from "../../shared/refusals.ts";
import { forgetSession, signOut } from "../../shared/session.ts";
import { ask, Await, Button, Row, Section, Sheet, TextField, toast, useBusy } from "../../shared/ui.tsx";
import { Page } from "../parts/page.tsx";
import { changed, useKept } from "../store/kept.ts";
import { forgetEverything, me, useMe } from "../store/person.ts";

const FORMATS = [["json", "web.data.json"], ["csv", "web.data.csv"], ["loop-csv", "web.data.loop"], ["ics", "web.data.ics"]] as const satisfies readonly (readonly [string, TextKey])[];

async function download(format: string): Promise<void> {
    const r = await request("get", "/v1/export", { query: { format } });
    const name = /filename="([^"]+)"/.exec(r.headers.get("Content-Disposition") ?? "")?.[1] ?? `habitd.${format}`;
    const url = URL.createObjectURL(await r.blob());
    const a = Object.assign(document.createElement("a"), { href: url, download: name });
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const bring = async (file: File, query: Record<string, boolean>): Promise<Schema<"ImportResult">> => (await request("post", "/v1/import", { file, query })).json();

const lossKeys: Record<Schema<"ImportResult">["losses"][number]["what"], TextKey> = { day_range: "loss.day_range", day_twice: "loss.day_twice", orphan: "loss.orphan",
    empty_row: "loss.empty_row", name_cut: "loss.name_cut", note_cut: "loss.note_cut", text: "loss.text", value: "loss.value", frequency: "loss.frequency",
    reminder: "loss.reminder", kind: "loss.kind", newer: "loss.newer" };

function Import({ file, look, onClose }: { file: File; look: Schema<"ImportResult">; onClose: () => void }) {
    const [busy, run] = useBusy();
    const go = (restore: boolean) => run(async () => {
        const r = await bring(file, restore ? { restore } : {});
        changed();
        toast(t("web.data.imported", { n: r.logs_new }));
        onClose();
    });
    const nothing = look.habits_new === 0 && look.logs_new === 0 && look.notes_new === 0;
    const lines: [TextKey, number][] = [["web.data.new_habits", look.habits_new], ["web.data.known_habits", look.habits_known], ["web.data.new_days", look.logs_new],
        ["web.data.old_days", look.logs_existing], ["web.data.new_notes", look.notes_new], ["web.data.archived", look.habits_archived], ["web.data.deleted", look.habits_skipped]];
    return (
        <Sheet title={t("web.data.preview", { name: file.name })} onClose={onClose} foot={
            <>
                <Button look="quiet" onClick={onClose}>{t("web.cancel")}</Button>
                {look.habits_skipped > 0 && <Button busy={busy} onClick={() => go(true)}>{t("web.data.restore")}</Button>}
                <Button look="main" busy={busy} disabled={nothing} onClick={() => go(false)}>{t("web.data.import")}</Button>
            </>
        }>
            {nothing && <p>{t("web.data.nothing")}</p>}
            <dl class="list">{lines.filter(([, n]) => n > 0).map(([key, n]) => <div key={key}><dt>{t(key)}</dt><dd>{n}</dd></div>)}</dl>
            {look.first && look.last && <p class="muted">{dayText(look.first, "full")} – {dayText(look.last, "full")}</p>}
            {look.losses.length > 0 && <details><summary>{t("web.data.warnings", { n: look.losses.length })}</summary><ul>{look.losses.map(l => <li key={l.what}>{t(lossKeys[l.what], { n: l.count })}</li>)}</ul></details>}
        </Sheet>
    );
}

function Erase() {
    const person = useMe();
    const [open, show] = useState(false);
    const [text, setText] = useState("");
    const [busy, run] = useBusy();
    const word = t("web.erase.word");
    const erase = () => run(async () => {
        await api.delete("/v1/me");
        await forgetEverything();
        forgetSession();
    });
    return (
        <Section title={t("web.erase.section")}>
            <Row icon="trash" danger title={t("web.erase.title")} onClick={() => show(true)} />
            {open && person.value && (
                <Sheet title={t("web.erase.title")} onClose={() => show(false)} foot={
                    <Button look="danger" wide busy={busy} disabled={text.trim().toLowerCase() !== word} onClick={erase}>{t("web.erase.yes")}</Button>
                }>
                    <p>{t("web.erase.text")}</p>
                    <TextField label={t("web.erase.type", { word })} value={text} onValue={setText} />
                </Sheet>
            )}
        </Section>
    );
}

export function DataScreen() {
    const [busy, run] = useBusy();
    const [error, setError] = useState<string>();
    const [found, show] = useState<{ file: File; look: Schema<"ImportResult"> } | null>(null);
    const chosen = async (file: File | undefined) => {
        if (!file) return;
        setError(undefined);
        try {
            show({ file, look: await bring(file, { dry_run: true }) });
        } catch (e) {
            setError(errorText(e, t));
        }
    };
    return (
        <Page title={t("web.data.title")}>
            <Section title={t("web.data.import")}>
                <div class="pad form">
                    <p class="muted">{t("web.data.import_text")}</p>
                    <label class="button main file-button"><input type="file" class="hidden" onChange={e => { void chosen(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} /><span>{t("web.data.choose")}</span></label>
                    {error && <p class="preview bad" role="alert">{error}</p>}
                </div>
            </Section>
            <Section title={t("web.data.export")}>
                {FORMATS.map(([format, key]) => <Row key={format} icon="file" title={t(key)} onClick={() => !busy && void run(() => download(format))} />)}
            </Section>
            <Erase />
            {found && <Import {...found} onClose={() => show(null)} />}
        </Page>
    );
}

const originKeys: Record<Schema<"Session">["origin"], TextKey> = { token: "web.sessions.token", link: "web.sessions.link", telegram: "web.sessions.telegram", demo: "web.sessions.demo" };

export function SessionsScreen() {
    const sessions = useKept("sessions", signal => api.get("/v1/sessions", { query: { limit: 200 }, signal }));
    const [busy, run] = useBusy();
    const end = (id: string) => run(() => api.delete("/v1/sessions/{session_id}", { path: { session_id: id } })).then(changed);
    const endAll = async () => {
        if (!(await ask({ title: t("web.sessions.all"), text: t("web.sessions.all_text"), yes: t("web.sessions.all"), danger: true }))) return;
        await run(async () => {
            await signOut(true);
            await forgetEverything();
        });
    };
    return (
        <Page title={t("web.sessions.title")}>
            <Section>
                <Await of={sessions}>{list => (
                    <>{list.items.map(s => (
                        <div class="row" key={s.id}>
                            <span class="row-text"><span>{t(originKeys[s.origin])}{s.origin === "token" && `: ${s.name}`}</span>
                                <small>{s.current ? t("web.sessions.this") : instantText(s.created_at, me.value?.timezone)}</small></span>
                            {!s.current && <Button look="quiet" busy={busy} onClick={() => end(s.id)}>{t("web.sessions.end")}</Button>}
                        </div>
                    ))}</>
                )}</Await>
                <Row icon="out" danger title={t("web.sessions.all")} onClick={endAll} />
            </Section>
        </Page>
    );
}
