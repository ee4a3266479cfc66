// Counts the parts of an SMS while it is written (3GPP TS 23.038); the server counts again.
(() => {
  'use strict';
  const plain = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
  const extended = new Set('\f^{}\\[~]|€');
  const count = (text) => {
    const signs = [...text];
    const isPlain = signs.every((sign) => plain.has(sign) || extended.has(sign));
    const widths = signs.map((sign) => (isPlain ? (extended.has(sign) ? 2 : 1) : sign.length));
    const length = widths.reduce((sum, width) => sum + width, 0);
    const [single, several] = isPlain ? [160, 153] : [70, 67];
    if (length <= single) return { length, parts: 1, name: isPlain ? 'GSM-7' : 'UCS-2' };
    let parts = 1;
    let room = several;
    widths.forEach((width) => {
      if (width > room) { parts += 1; room = several; }
      room -= width;
    });
    return { length, parts, name: isPlain ? 'GSM-7' : 'UCS-2' };
  };
  document.querySelectorAll('[data-segments]').forEach((box) => {
    const line = document.createElement('p');
    line.className = 'segments';
    line.setAttribute('aria-live', 'polite');
    box.insertAdjacentElement('afterend', line);
    const show = () => {
      const found = count(box.value.trim());
      line.textContent = box.value.trim() ? `${found.parts} SMS · ${found.length} (${found.name})` : '';
      line.classList.toggle('segments--many', found.parts > 1);
    };
    box.addEventListener('input', show);
    show();
  });
})();
