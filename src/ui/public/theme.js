// Switches between light and dark. A cookie stores the choice, so that the server renders the next page in it. Without this
// script the operating system's setting applies, and the button stays hidden.
(() => {
  const button = document.querySelector('[data-theme-switch]');
  if (!button) return;
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  const show = () => {
    button.textContent = isDark() ? 'Light mode' : 'Dark mode';
  };
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    root.dataset.theme = theme;
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    // biome-ignore lint/suspicious/noDocumentCookie: Firefox added the Cookie Store API only recently.
    document.cookie = `movie_hub_theme=${theme}; Path=${button.dataset.themeSwitch}; Max-Age=31536000; SameSite=Lax${secure}`;
    show();
  });
  system.addEventListener('change', show);
  show();
  button.hidden = false;
})();
