/** The commands of a README, without `npx hindcast`, word by word. */
export function commandsOf(readme: string): string[][] {
  return [...readme.matchAll(/^npx hindcast (.*)$/gm)].map(([, command]) =>
    [...command!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
  );
}
