// What both pages are built of. Each piece is plain HTML that works by keyboard, with the classes of shared/base.css.
import { signal } from "@preact/signals";
import type { ComponentChildren, TargetedEvent, TargetedKeyboardEvent, TargetedMouseEvent } from "preact";
import { useCallback, useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "./i18n.ts";
import { Icon, type IconName } from "./icons.tsx";
import { errorText } from "./refusals.ts";

// --- loading

export interface Loaded<T> {
    value: T | undefined;
    error: unknown;
    loading: boolean;
    reload: () => void;
}

/** What `load` brings, again whenever a dependency changes; an answer that came too late is dropped. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, deps: readonly unknown[]): Loaded<T> {
    const [state, set] = useState<{ value?: T; error?: unknown; loading: boolean }>({ loading: true });
    const [turn, again] = useState(0);
    useEffect(() => {
        const stop = new AbortController();
        set(s => ({ value: s.value, loading: true }));
        load(stop.signal).then(
            value => !stop.signal.aborted && set({ value, loading: false }),
            error => !stop.signal.aborted && set(s => ({ value: s.value, error, loading: false })),
        );
        return () => stop.abort();
    }, [...deps, turn]);
    return { value: state.value, error: state.error, loading: state.loading, reload: useCallback(() => again(n => n + 1), []) };
}

/** The value when it is there, else a skeleton, or what went wrong with a way to try again. */
export function Await<T>({ of, children, lines = 4 }: { of: Loaded<T>; children: (value: T) => ComponentChildren; lines?: number }) {
    if (of.value !== undefined) return <>{children(of.value)}</>;
    if (of.error !== undefined) return <Failure error={of.error} retry={of.reload} />;
    return <Skeleton lines={lines} />;
}

export function Skeleton({ lines = 4 }: { lines?: number }) {
    return (
        <div class="skeleton" role="status" aria-label={t("web.loading")}>
            {Array.from({ length: lines }, (_, i) => <i key={i} />)}
        </div>
    );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
    return (
        <div class="notice" role="alert">
            <Icon name="warn" />
            <p>{errorText(error, t)}</p>
            {retry && <Button onClick={retry}>{t("web.retry")}</Button>}
        </div>
    );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
    return (
        <div class="empty">
            <span class="empty-icon"><Icon name={icon} size={32} /></span>
            <h2>{title}</h2>
            {children}
        </div>
    );
}

// --- buttons

interface Pressable {
    onClick?: (e: TargetedMouseEvent<HTMLButtonElement>) => void;
    disabled?: boolean;
    id?: string;
    "aria-expanded"?: boolean;
    "aria-pressed"?: boolean;
    "aria-haspopup"?: "dialog" | "menu";
    "aria-describedby"?: string;
}
interface ButtonProps extends Pressable {
    look?: "main" | "plain" | "quiet" | "danger";
    icon?: IconName;
    busy?: boolean;
    type?: "button" | "submit";
    wide?: boolean;
    children?: ComponentChildren;
}

export function Button({ look = "plain", icon, busy, wide, children, type = "button", disabled, ...rest }: ButtonProps) {
    return (
        <button {...rest} type={type} class={`button ${look}${wide ? " wide" : ""}`} disabled={disabled || busy} aria-busy={busy}>
            {busy ? <span class="spinner" /> : icon && <Icon name={icon} />}
            <span>{children}</span>
        </button>
    );
}

export function IconButton({ icon, label, ...rest }: { icon: IconName; label: string } & Pressable) {
    return (
        <button type="button" {...rest} class="icon-button" aria-label={label} title={label}>
            <Icon name={icon} size={22} />
        </button>
    );
}

/** A button for something that takes time: busy until it ended, and what went wrong is said. */
export function useBusy(): [boolean, (work: () => Promise<unknown>) => Promise<boolean>] {
    const [busy, set] = useState(false);
    const run = useCallback(async (work: () => Promise<unknown>) => {
        set(true);
        try {
            await work();
            return true;
        } catch (e) {
            toast(errorText(e, t), { bad: true });
            return false;
        } finally {
            set(false);
        }
    }, []);
    return [busy, run];
}

// --- groups of rows

export function Section({ title, aside, children }: { title?: string; aside?: ComponentChildren; children: ComponentChildren }) {
    return (
        <section class="section">
            {title && <header><h2>{title}</h2>{aside}</header>}
            <div class="card">{children}</div>
        </section>
    );
}

interface RowProps {
    icon?: IconName;
    title: ComponentChildren;
    note?: ComponentChildren;
    value?: ComponentChildren;
    onClick?: () => void;
    href?: string;
    danger?: boolean;
}

/** A line of a card: a link or a button when it leads somewhere. */
export function Row({ icon, title, note, value, onClick, href, danger }: RowProps) {
    const inner = (
        <>
            {icon && <span class="row-icon"><Icon name={icon} /></span>}
            <span class="row-text"><span>{title}</span>{note && <small>{note}</small>}</span>
            {value !== undefined && <span class="row-value">{value}</span>}
            {(href || onClick) && !danger && <span class="row-go"><Icon name="next" size={16} /></span>}
        </>
    );
    const look = `row${danger ? " danger" : ""}`;
    if (href) return <a class={look} href={href}>{inner}</a>;
    if (onClick) return <button type="button" class={look} onClick={onClick}>{inner}</button>;
    return <div class={look}>{inner}</div>;
}

// --- fields

interface FieldProps { label: string; hint?: string; error?: string; children: (id: string, described: string | undefined) => ComponentChildren }

export function Field({ label, hint, error, children }: FieldProps) {
    const id = useId();
    const below = error ?? hint;
    return (
        <div class={`field${error ? " bad" : ""}`}>
            <label for={id}>{label}</label>
            {children(id, below ? `${id}-below` : undefined)}
            {below && <small id={`${id}-below`} role={error ? "alert" : undefined}>{below}</small>}
        </div>
    );
}

interface InputProps {
    label: string;
    hint?: string;
    error?: string;
    value: string;
    onValue: (value: string) => void;
    type?: "text" | "search" | "email" | "tel" | "date" | "time" | "number" | "datetime-local";
    placeholder?: string;
    inputMode?: "decimal" | "numeric" | "text";
    maxLength?: number;
    required?: boolean;
    min?: string;
    max?: string;
    autoFocus?: boolean;
    disabled?: boolean;
    onKeyDown?: (e: TargetedKeyboardEvent<HTMLInputElement>) => void;
    onBlur?: (e: TargetedEvent<HTMLInputElement>) => void;
}

export function TextField({ label, hint, error, value, onValue, ...rest }: InputProps) {
    return (
        <Field label={label} hint={hint} error={error}>
            {(id, below) => <input {...rest as object} id={id} class="input" value={value} aria-describedby={below} aria-invalid={!!error}
                                   autocomplete="off" onInput={e => onValue(e.currentTarget.value)} />}
        </Field>
    );
}

export function TextArea({ label, hint, error, value, onValue, rows = 3, maxLength, placeholder }: {
    label: string; hint?: string; error?: string; value: string; onValue: (value: string) => void; rows?: number; maxLength?: number;
    placeholder?: string;
}) {
    return (
        <Field label={label} hint={hint} error={error}>
            {(id, below) => <textarea id={id} class="input" rows={rows} maxLength={maxLength} placeholder={placeholder} value={value}
                                      aria-describedby={below} aria-invalid={!!error} onInput={e => onValue(e.currentTarget.value)} />}
        </Field>
    );
}

export interface Choice<T extends string> { value: T; label: string }

export function SelectField<T extends string>({ label, hint, value, choices, onValue }: {
    label: string; hint?: string; value: T; choices: readonly Choice<T>[]; onValue: (value: T) => void;
}) {
    return (
        <Field label={label} hint={hint}>
            {(id, below) => (
                <select id={id} class="input" value={value} aria-describedby={below} onChange={e => onValue(e.currentTarget.value as T)}>
                    {choices.map(c => <option key={c.value} value={c.value}>{c.label}</option>)}
                </select>
            )}
        </Field>
    );
}

/** A few choices side by side; radio buttons underneath, so arrows move between them. */
export function Segmented<T extends string>({ label, value, choices, onValue }: {
    label: string; value: T; choices: readonly Choice<T>[]; onValue: (value: T) => void;
}) {
    const name = useId();
    return (
        <fieldset class="segmented">
            <legend class="hidden">{label}</legend>
            {choices.map(c => (
                <label key={c.value}>
                    <input type="radio" name={name} checked={c.value === value} onChange={() => onValue(c.value)} />
                    <span>{c.label}</span>
                </label>
            ))}
        </fieldset>
    );
}

export function Switch({ label, note, checked, onValue }: { label: string; note?: string; checked: boolean; onValue: (on: boolean) => void }) {
    const id = useId();
    return (
        <div class="row">
            <label class="row-text" for={id}><span>{label}</span>{note && <small>{note}</small>}</label>
            <input id={id} class="switch" type="checkbox" role="switch" checked={checked} onChange={e => onValue(e.currentTarget.checked)} />
        </div>
    );
}

// --- what comes over the page

const sheets = signal<string[]>([]); // those that are open, the uppermost last

/** A sheet from below, a dialog on a wide screen. The browser keeps the focus inside and Escape closes it. */
export function Sheet({ title, onClose, children, foot }: {
    title: string; onClose: () => void; children: ComponentChildren; foot?: ComponentChildren;
}) {
    const ref = useRef<HTMLDialogElement>(null);
    const beside = useRef(false); // a finger that opened the sheet by a long press leaves over it: only one that came down beside it closes it
    const id = useId();
    useEffect(() => {
        const dialog = ref.current!;
        const before = document.activeElement as HTMLElement | null;
        if (!dialog.open) dialog.showModal();
        sheets.value = [...sheets.value, id];
        return () => {
            sheets.value = sheets.value.filter(x => x !== id);
            dialog.close();
            if (before?.isConnected) before.focus();
        };
    }, []);
    return (
        <dialog ref={ref} class="sheet" aria-labelledby={id} onCancel={e => { e.preventDefault(); onClose(); }}
                onPointerDown={e => (beside.current = e.target === e.currentTarget)}
                onClick={e => e.target === e.currentTarget && beside.current && onClose()}>
            <div class="sheet-body">
                <header><h2 id={id}>{title}</h2><IconButton icon="close" label={t("web.close")} onClick={onClose} /></header>
                <div class="sheet-content">{children}</div>
                <Toasts over={id} />
                {foot && <footer>{foot}</footer>}
            </div>
        </dialog>
    );
}

export interface Question { title: string; text: string; yes: string; danger?: boolean }
const question = signal<(Question & { answer: (yes: boolean) => void }) | null>(null);

/** Asks before something that cannot be taken back. */
export function ask(q: Question): Promise<boolean> {
    return new Promise(answer => (question.value = { ...q, answer }));
}

interface Toast { id: number; text: string; bad: boolean; action?: { text: string; run: () => void } }
const toasts = signal<Toast[]>([]);
let serial = 0;

function drop(id: number): void {
    toasts.value = toasts.value.filter(x => x.id !== id);
}

/** Says something in passing; with an action it stays longer. */
export function toast(text: string, o: { bad?: boolean; action?: Toast["action"] } = {}): void {
    const id = ++serial;
    toasts.value = [...toasts.value.slice(-1), { id, text, bad: o.bad === true, action: o.action }];
    setTimeout(drop, o.action || o.bad ? 8000 : 4000, id);
}

/** What is said in passing, where it is seen and heard: a sheet covers the page and silences it, so it is said in the uppermost one. */
function Toasts({ over }: { over?: string }) {
    const here = sheets.value.at(-1) === over;
    return (
        <div class="toasts" role="status" aria-live="polite">
            {here && toasts.value.map(x => (
                <div key={x.id} class={`toast${x.bad ? " bad" : ""}`}>
                    <span>{x.text}</span>
                    {x.action && <button type="button" onClick={() => { drop(x.id); x.action!.run(); }}>{x.action.text}</button>}
                </div>
            ))}
        </div>
    );
}

/** Where questions and toasts appear: once in each page. */
export function Overlay() {
    const q = question.value;
    const answer = (yes: boolean) => {
        question.value = null;
        q?.answer(yes);
    };
    return (
        <>
            {q && (
                <Sheet title={q.title} onClose={() => answer(false)} foot={
                    <>
                        <Button look="quiet" onClick={() => answer(false)}>{t("web.cancel")}</Button>
                        <Button look={q.danger ? "danger" : "main"} onClick={() => answer(true)}>{q.yes}</Button>
                    </>
                }>
                    <p>{q.text}</p>
                </Sheet>
            )}
            <Toasts />
        </>
    );
}
