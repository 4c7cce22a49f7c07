export function takeLock(file: string, onWait: (owner: number) => void): Promise<() => void>;
