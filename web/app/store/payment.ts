// A payment that was begun and can still be paid: looked at until it is settled, and found again by who left it, on this device.
import { signal } from "@preact/signals";
import { ApiError, api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { openLink, type InvoiceEnd } from "../../shared/telegram.ts";
import { toast } from "../../shared/ui.tsx";
import { changed, keep, keptOnDisk } from "./kept.ts";
import { lost } from "./net.ts";

export type Payment = Schema<"Payment">;

const KEY = "payment";
const settled = (p: Payment) => !["created", "pending", "unknown"].includes(p.status);

/** The last one that was begun here and can still be paid. */
export const unpaid = signal<(Payment & { pay_url: string }) | null>(null);
let followed: string | undefined;

function setUnpaid(p: Payment | null): void {
    unpaid.value = p?.pay_url ? { ...p, pay_url: p.pay_url } : null;
    keep(KEY, unpaid.value);
}

export function forgetPayment(): void {
    unpaid.value = null;
    followed = undefined;
}

/** Looks at it until it is settled or given up, having led to where it is made if `lead`; whether the order is over. */
async function follow(p: Payment, lead: boolean): Promise<boolean> {
    const invoice: { end?: InvoiceEnd } = {};
    const { id } = p;
    const again = async (ms: number) => {
        await new Promise(done => setTimeout(done, ms));
        try {
            p = await api.get("/v1/payments/{payment_id}", { path: { payment_id: id } });
        } catch (e) {
            if (e instanceof ApiError && e.status < 500 && e.status !== 429) throw e; // else it is asked again: it may be paid meanwhile, and must not be ordered twice
        }
    };
    const waits = () => !settled(p) && invoice.end !== "cancelled" && invoice.end !== "failed";
    for (let i = 0; i < 30 && !p.pay_url && !settled(p); i++) await again(1000);
    if (!p.pay_url && !settled(p)) {
        toast(t("web.error.busy"), { bad: true });
        return false;
    }
    if (p.pay_url && !settled(p)) {
        followed = id;
        if (lead) openLink(p.pay_url, end => (invoice.end = end));
        setUnpaid(p);
    }
    try {
        for (let i = 0; i < 120 && waits(); i++) await again(document.hidden ? 5000 : 1500);
    } finally {
        if (followed === id) followed = undefined;
    }
    if (!waits() && unpaid.value?.id === id) setUnpaid(null);
    changed();
    if (waits()) toast(t("web.pay.not_yet"));
    else if (p.status === "succeeded") toast(t("web.pay.paid"));
    else if (invoice.end === "cancelled") toast(t("web.pay.given_up"));
    else toast(t("web.pay.not_paid"), { bad: true });
    return waits() || p.status === "succeeded";
}

export const followNew = (p: Payment): Promise<boolean> => follow(p, true);

/** Looks again at the one that was left. */
export async function followLeft(): Promise<void> {
    const left = await keptOnDisk<Payment | null>(KEY);
    if (!left || followed === left.id) return;
    followed = left.id;
    try {
        const p = await api.get("/v1/payments/{payment_id}", { path: { payment_id: left.id } });
        if (!settled(p)) return void (await follow(p, false));
        setUnpaid(null);
        changed();
        if (p.status === "succeeded") toast(t("web.pay.paid")); // of one that came to nothing meanwhile there is nothing to say
    } catch (e) {
        if (e instanceof ApiError && e.status === 404) setUnpaid(null);
        else lost(e);
    } finally {
        if (followed === left.id) followed = undefined;
    }
}
