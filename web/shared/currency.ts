// Digits behind the point, by currency, as the server's settings have them: amounts are minor units.
import { signal } from "@preact/signals";
import { api, type Answer } from "./api.ts";
import { money } from "./i18n.ts";

const known = signal<ReadonlyMap<string, number>>(new Map());

export function learnCurrencies(list: Answer<"/v1/plans", "get">["currencies"]): void {
    known.value = new Map(list.map(c => [c.currency, c.digits]));
}

export async function loadCurrencies(signal?: AbortSignal): Promise<true> {
    learnCurrencies((await api.get("/v1/plans", { signal })).currencies);
    return true;
}

export const digitsOf = (currency: string): number => known.value.get(currency) ?? 2;
export const currencyCodes = (): string[] => [...known.value.keys()];
export const sum = (amount: number, currency: string): string => money(amount, currency, digitsOf(currency));
