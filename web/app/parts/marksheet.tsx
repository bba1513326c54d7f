// Everything that can be said about a habit's day: done, how much, skipped, declined and why, a note, and nothing again.
import { useState } from "preact/hooks";
import { number, t } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { Button, Sheet, TextArea, TextField } from "../../shared/ui.tsx";
import type { Schema } from "../../shared/api.ts";
import type { Day } from "../days.ts";
import { markWithUndo, type Item, type MarkValue } from "../store/marks.ts";
import { amount, goal, presetKeys, readAmount, statusKeys } from "../words.ts";

const PRESETS = Object.keys(presetKeys) as Schema<"Preset">[];

export function MarkSheet({ item, day, onClose }: { item: Item; day: Day; onClose: () => void }) {
    const measurable = item.kind === "measurable";
    const [note, setNote] = useState(item.note ?? "");
    const [value, setValue] = useState(item.value !== null ? String(item.value) : "");
    const [why, setWhy] = useState(false);
    const [error, setError] = useState<string>();
    const say = (mark: MarkValue | null, said: string) => {
        markWithUndo(item, day, mark, said);
        onClose();
    };
    const done = (n: number | null) => {
        if (measurable && n === null) return setError(t("web.mark.no_number"));
        say({ status: "done", value: measurable ? n : undefined, note: note.trim() || null }, t(statusKeys.done));
    };
    const quick = measurable && item.target_value ? [item.target_value / 2, item.target_value] : [];
    return (
        <Sheet title={`${item.emoji ? `${item.emoji} ` : ""}${item.name}`} onClose={onClose}>
            {measurable && (
                <form class="amount" onSubmit={e => { e.preventDefault(); done(readAmount(value)); }}>
                    <TextField label={t("web.mark.amount")} hint={goal(item) ?? undefined} error={error} value={value} inputMode="decimal" onValue={setValue}
                               placeholder={item.target_value !== null ? number(item.target_value) : "0"} />
                    {quick.length > 0 && (
                        <div class="chips">{quick.map(n => <button type="button" class="chip" key={n} onClick={() => done(n)}>{amount(n, item.unit)}</button>)}</div>
                    )}
                </form>
            )}
            {why ? (
                <>
                    <h3>{t("web.mark.why")}</h3>
                    <div class="chips">
                        {PRESETS.map(p => (
                            <button type="button" class="chip" key={p} onClick={() => say({ status: "declined", preset: p, note: note.trim() || null }, t(statusKeys.declined))}>
                                {t(presetKeys[p])}
                            </button>
                        ))}
                    </div>
                    <TextArea label={t("web.mark.words")} value={note} onValue={setNote} maxLength={300} rows={2} />
                    <Button look="main" wide onClick={() => say({ status: "declined", note: note.trim() || null }, t(statusKeys.declined))}>{t("web.mark.decline")}</Button>
                </>
            ) : (
                <>
                    <div class="mark-choice">
                        <Button look={item.status === "done" ? "plain" : "main"} icon="check" onClick={() => done(measurable ? readAmount(value) : null)}>{t("web.mark.done")}</Button>
                        <Button icon="skip" onClick={() => say({ status: "skipped", note: note.trim() || null }, t(statusKeys.skipped))}>{t("web.mark.skip")}</Button>
                        <Button icon="close" onClick={() => setWhy(true)}>{t("web.mark.decline")}</Button>
                    </div>
                    <TextArea label={t("web.mark.note")} value={note} onValue={setNote} maxLength={4096} rows={2} />
                    {item.status && note.trim() !== (item.note ?? "") && (
                        <Button onClick={() => say({ status: item.status!, value: item.value, note: note.trim() || null }, t("web.saved"))}>{t("web.mark.save_note")}</Button>
                    )}
                    <div class="sheet-links">
                        {item.status && <Button look="quiet" icon="undo" onClick={() => say(null, t("web.mark.cleared"))}>{t("web.mark.clear")}</Button>}
                        <a class="button quiet" href={href(["habit", item.id])} onClick={onClose}>{t("web.mark.open")}</a>
                    </div>
                </>
            )}
        </Sheet>
    );
}
