export function builtControlPlane(): Promise<string>;
