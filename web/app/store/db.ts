// What this device keeps: answers that were loaded, and marks that are not sent yet. Gone with the sign-in it belongs to.
type Store = "answers" | "queue";

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
    opening ??= new Promise((done, failed) => {
        const r = indexedDB.open("habitd", 1);
        r.onupgradeneeded = () => {
            r.result.createObjectStore("answers");
            r.result.createObjectStore("queue");
        };
        r.onsuccess = () => done(r.result);
        r.onerror = () => failed(r.error);
    });
    return opening;
}

/** Without a database (a private window) everything works, and nothing is kept. */
async function on<T>(store: Store, mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T> | void): Promise<T | undefined> {
    try {
        const tx = (await open()).transaction(store, mode);
        const r = work(tx.objectStore(store));
        if (mode === "readwrite") tx.commit?.(); // at once: a page that is closed in the next moment has stored it all the same
        await new Promise<void>((done, failed) => {
            tx.oncomplete = () => done();
            tx.onerror = tx.onabort = () => failed(tx.error);
        });
        return r ? r.result : undefined;
    } catch {
        return undefined;
    }
}

export const dbGet = <T>(store: Store, key: string) => on<T>(store, "readonly", s => s.get(key));
export const dbPut = (store: Store, key: string, value: unknown) => on(store, "readwrite", s => void s.put(value, key));
export const dbDelete = (store: Store, key: string) => on(store, "readwrite", s => void s.delete(key));
/** Undefined without a database. */
export const dbAll = <T>(store: Store) => on<T[]>(store, "readonly", s => s.getAll());
export const dbClear = async () => {
    await on("answers", "readwrite", s => void s.clear());
    await on("queue", "readwrite", s => void s.clear());
};
